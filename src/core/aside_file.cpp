#include "core/aside_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

#include "core/error.h"

namespace inkling {
namespace {

std::string reason() { return std::strerror(errno); }

Error cannot_write(const std::filesystem::path& path) {
    return failed("{}: cannot write ({}); free some space or choose another folder", path.string(), reason());
}

/// Of the file that has the name; nothing where none has.
std::optional<mode_t> permissions_of(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
    return status.st_mode & 0777;
}

/// Creates a file that was not there, beside `path`, with the permissions of the one that is at `path`; without one,
/// with those that the process gives to new files: the kernel takes its umask away, which cannot be read without being
/// set for all threads. Sets `aside` to its name.
int create_aside(const std::filesystem::path& path, std::string& aside) {
    static std::atomic<std::uint32_t> counter = 0;
    const std::optional<mode_t> kept = permissions_of(path);
    int descriptor = -1;
    do {
        aside = fmt::format("{}.{}-{}~", path.string(), ::getpid(), counter++);
        descriptor = ::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kept.value_or(0666));
    } while (descriptor < 0 && errno == EEXIST);
    if (descriptor < 0) throw failed("{}: cannot create ({})", path.string(), reason());
    // What the umask took away. Where a file system has no permissions, there is nothing to keep.
    if (kept) ::fchmod(descriptor, *kept);
    return descriptor;
}

bool write_all(int descriptor, std::span<const std::byte> contents) {
    while (!contents.empty()) {
        const auto written = ::write(descriptor, contents.data(), contents.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        contents = contents.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

/// Makes the name itself durable. Some file systems refuse to sync a folder; the file is safe all the same.
void sync_folder_of(const std::filesystem::path& path) {
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

bool has_no_links(int error) {
    return error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EINVAL || error == EMLINK;
}

}  // namespace

AsideFile::AsideFile(std::filesystem::path path, std::span<const std::byte> contents) : path_(std::move(path)) {
    const int descriptor = create_aside(path_, aside_);
    const bool written = write_all(descriptor, contents) && ::fsync(descriptor) == 0;
    const int error = errno;
    const bool closed = ::close(descriptor) == 0;
    if (written && closed) return;
    if (!written) errno = error;
    const Error failure = cannot_write(path_);
    ::unlink(aside_.c_str());
    throw failure;
}

AsideFile::~AsideFile() {
    if (!aside_.empty()) ::unlink(aside_.c_str());
}

void AsideFile::replace() {
    if (::rename(aside_.c_str(), path_.c_str()) != 0) throw cannot_write(path_);
    aside_.clear();
    sync_folder_of(path_);
}

bool AsideFile::take() {
    if (::link(aside_.c_str(), path_.c_str()) == 0) {
        sync_folder_of(path_);
        return true;
    }
    if (errno == EEXIST) return false;
    if (!has_no_links(errno)) throw cannot_write(path_);
    // FAT and some network file systems have no links. NFS has, and does not know this flag.
    if (::renameat2(AT_FDCWD, aside_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST) return false;
        throw failed(
            "{}: its file system can neither link files nor rename them without replacing others ({}); choose a "
            "folder on another one",
            path_.string(), reason());
    }
    aside_.clear();
    sync_folder_of(path_);
    return true;
}

}  // namespace inkling
