#include "serve/models.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "core/error.h"
#include "train/transfer.h"

namespace inkling::serve {
namespace {

namespace fs = std::filesystem;

std::string name_of(const fs::path& file) {
    const fs::path whole = fs::absolute(file).lexically_normal();
    return (whole.filename() == "model.safetensors" ? whole.parent_path().filename() : whole.stem()).string();
}

}  // namespace

Models::FileState Models::state_of(const fs::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return {};
    return {static_cast<std::int64_t>(status.st_ino), status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

Models::Models(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
        const fs::path file = weights_file(path);
        const auto taken = [&](const std::string& name) {
            return std::ranges::any_of(slots_, [&](const Slot& slot) { return slot.model->name() == name; });
        };
        const std::string first = name_of(file);
        std::string name = first;
        for (int number = 2; taken(name); ++number) name = fmt::format("{}-{}", first, number);
        const FileState state = state_of(file);
        slots_.push_back({file, state, std::make_shared<ServedModel>(name, load_model(file), 1)});
    }
}

std::vector<std::shared_ptr<ServedModel>> Models::all() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<ServedModel>> models;
    models.reserve(slots_.size());
    for (const Slot& slot : slots_) models.push_back(slot.model);
    return models;
}

std::shared_ptr<ServedModel> Models::find(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    for (const Slot& slot : slots_)
        if (name.empty() || slot.model->name() == name) return slot.model;
    return nullptr;
}

std::vector<Reloaded> Models::reload(Reload which) {
    std::vector<Reloaded> done;
    for (Slot& slot : slots_) {
        // Taken before the file is read: what is written meanwhile is seen the next time.
        const FileState state = state_of(slot.file);
        if (which == Reload::kChanged && state == slot.state) continue;
        slot.state = state;
        const std::string name = slot.model->name();
        try {
            auto model = std::make_shared<ServedModel>(name, load_model(slot.file), slot.model->loading() + 1);
            const std::lock_guard lock(mutex_);
            slot.model.swap(model);
            done.push_back({name});
        } catch (const Error& error) {
            done.push_back({name, error.what()});
        }
    }
    return done;
}

}  // namespace inkling::serve
