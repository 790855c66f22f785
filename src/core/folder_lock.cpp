#include "core/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

#include "core/error.h"
#include "core/files.h"
#include "core/interrupt.h"

namespace inkling {
namespace {

constexpr std::chrono::milliseconds kPause{20};

/// "process 1234", by what the last to take the lock wrote, if that one is still there.
std::string owner_in(int descriptor) {
    std::array<char, 32> text{};
    const auto size = ::pread(descriptor, text.data(), text.size(), 0);
    pid_t process = 0;
    if (size > 0) std::from_chars(text.data(), text.data() + size, process);
    const bool known = process > 0 && (::kill(process, 0) == 0 || errno == EPERM);
    return known ? fmt::format("process {}", process) : "another process";
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder, Use use, WhenHeld when_held)
    : folder_(folder), path_(folder / ".lock") {
    make_folder(folder);
    while (!take(use)) {
        const std::string owner = owner_in(descriptor_);
        ::close(descriptor_);
        if (when_held == WhenHeld::kRefuse)
            throw failed("{}: {} works in this folder; wait until it has ended, or choose another folder",
                         folder.string(), owner);
        if (interrupted())
            throw Error(ExitStatus::kInterrupted, fmt::format("stopped waiting for {}", folder.string()));
        std::this_thread::sleep_for(kPause);
    }
    name_owner();
}

FolderLock::~FolderLock() {
    // Whoever holds it alone, and only that one, may take the file away.
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 && is_in_place()) ::unlink(path_.c_str());
    ::close(descriptor_);
}

/// Opens the file and locks it. Returns false, with the file open, where another one holds it.
bool FolderLock::take(Use use) {
    while (true) {
        descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (descriptor_ < 0)
            throw failed("{}: cannot be written ({}); choose another folder", folder_.string(), std::strerror(errno));
        if (::flock(descriptor_, (use == Use::kAlone ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
            const int reason = errno;
            if (reason == EWOULDBLOCK || reason == EINTR) return false;
            ::close(descriptor_);
            throw failed("{}: cannot be locked ({}); choose a folder on a file system with locks", folder_.string(),
                         std::strerror(reason));
        }
        // The one who held it may have taken the file away after it was opened here.
        if (is_in_place()) return true;
        ::close(descriptor_);
    }
}

bool FolderLock::is_in_place() const {
    struct stat opened {};
    struct stat named {};
    return ::fstat(descriptor_, &opened) == 0 && ::stat(path_.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

/// On a full disk the lock holds all the same, and nobody can be named.
void FolderLock::name_owner() const {
    const std::string text = fmt::format("{}\n", ::getpid());
    if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, text.data(), text.size(), 0) < 0) return;
}

}  // namespace inkling
