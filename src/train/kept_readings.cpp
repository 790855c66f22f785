#include "train/kept_readings.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "nn/safetensors.h"
#include "train/teachers.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTensor = "probabilities";

std::string hash_of(const std::string& text) { return sha256(std::as_bytes(std::span(text))); }

std::string data_hash(const Dataset& data) {
    std::string text = sha256(std::as_bytes(data.pixels())) + sha256(std::as_bytes(std::span(data.labels)));
    for (const std::string& name : data.class_names) text += '\n' + name;
    return hash_of(text);
}

}  // namespace

KeptReadings::KeptReadings(fs::path folder, const Dataset& data) : folder_(std::move(folder)), data_(data_hash(data)) {}

std::string KeptReadings::key(const Recipe& recipe, std::span<const std::uint32_t> learned,
                              std::span<const std::uint32_t> read) const {
    std::string text = fmt::format("{}\n{}\n{}\n{}", data_, sha256(std::as_bytes(learned)), sha256(std::as_bytes(read)),
                                   to_toml(recipe));
    for (const DataFile& teacher : teacher_files(recipe.training.distillation)) text += '\n' + teacher.sha256;
    return hash_of(text);
}

std::optional<std::vector<float>> KeptReadings::find(const std::string& key, std::size_t count) const {
    const fs::path file = file_of(key);
    if (!fs::exists(file)) return {};
    try {
        std::vector<float> probabilities(count);
        Safetensors(read_file(file), file.string()).read(kTensor, probabilities);
        return probabilities;
    } catch (const Error&) {
        return {};
    }
}

void KeptReadings::keep(const std::string& key, std::span<const float> probabilities) const {
    make_folder(folder_);
    const NamedTensor tensor{.name = kTensor, .shape = {probabilities.size()}, .values = probabilities};
    write_file(file_of(key), encode_safetensors(std::span(&tensor, 1), {}));
}

void KeptReadings::clear() const {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

std::size_t KeptReadings::count() const {
    std::error_code ignored;
    const fs::directory_iterator files(folder_, ignored);
    return static_cast<std::size_t>(std::count_if(begin(files), end(files), [](const fs::directory_entry& entry) {
        return entry.path().extension() == ".safetensors";
    }));
}

}  // namespace inkling
