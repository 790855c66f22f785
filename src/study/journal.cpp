#include "study/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <span>
#include <thread>

#include "core/aside_file.h"
#include "core/error.h"
#include "core/files.h"
#include "core/interrupt.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr int kDigits = 10;

/// Network file systems keep for a while in mind which names a folder lacks; that its folder is opened makes them ask
/// (nfs(5), close-to-open cache consistency).
void look_anew(const fs::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        throw failed("{}: the shared folder cannot be reached ({}); mount it and start again, nothing is lost",
                     folder.string(), std::strerror(errno));
    ::close(descriptor);
}

/// 0 where the file is no entry.
std::int64_t number_of(const std::string& name) {
    if (name.size() != kDigits + std::strlen(".json") || !name.ends_with(".json")) return 0;
    std::int64_t number = 0;
    for (const char c : name.substr(0, kDigits)) {
        if (c < '0' || c > '9') return 0;
        number = 10 * number + (c - '0');
    }
    return number;
}

}  // namespace

Journal::Journal(const fs::path& shared) : folder_(shared / "journal") { make_folder(folder_); }

fs::path Journal::path_of(std::int64_t number) const { return folder_ / fmt::format("{:0{}}.json", number, kDigits); }

std::optional<std::string> Journal::read(std::int64_t number) const {
    look_anew(folder_);
    const fs::path path = path_of(number);
    std::error_code error;
    if (!fs::exists(path, error)) return std::nullopt;
    return read_text(path, kMostEntryBytes);
}

bool Journal::append(std::int64_t number, const std::string& entry) const {
    const fs::path path = path_of(number);
    if (AsideFile(path, std::as_bytes(std::span(entry))).take()) return true;
    // Whose it is may be seen later than that it is there.
    constexpr auto kPatience = 60s;
    for (const auto begun = std::chrono::steady_clock::now(); std::chrono::steady_clock::now() - begun < kPatience;) {
        if (const auto found = read(number)) return *found == entry;
        if (interrupted()) throw Error(ExitStatus::kInterrupted, "stopped");
        std::this_thread::sleep_for(50ms);
    }
    throw failed("{}: its name is taken and it is not there; see to the shared folder's file system", path.string());
}

std::int64_t Journal::count() const {
    std::int64_t count = 0;
    std::int64_t last = 0;
    std::error_code error;
    for (fs::directory_iterator file(folder_, error), end; !error && file != end; file.increment(error)) {
        const std::string name = file->path().filename().string();
        if (name.ends_with('~')) continue;  // an entry that is being written, or whose writer was killed
        const std::int64_t number = number_of(name);
        if (number == 0)
            throw bad_data("{}: no entry of a study's journal, which are named as {}; move it away",
                           file->path().string(), path_of(1).filename().string());
        ++count;
        last = std::max(last, number);
    }
    if (error) throw failed("{}: cannot read the folder ({})", folder_.string(), error.message());
    if (count == last) return count;
    // Others write meanwhile, in order: what is missing now was missing when the last one was seen.
    for (std::int64_t number = 1; number < last; ++number)
        if (!fs::exists(path_of(number)))
            throw bad_data(
                "{}: this entry of the study's journal is missing, while {} is there; bring it back, or "
                "begin anew in another folder",
                path_of(number).string(), path_of(last).filename().string());
    return last;
}

}  // namespace inkling
