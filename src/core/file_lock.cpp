#include "core/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>

#include "core/error.h"
#include "core/interrupt.h"

namespace inkling {
namespace {
constexpr std::chrono::milliseconds kPause{20};
}

FileLock::FileLock(const std::filesystem::path& path, bool quiet)
    : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) throw failed("{}: cannot open the lock file ({})", path.string(), std::strerror(errno));
    // Waiting inside flock() would not end with Ctrl-C where another thread takes the signal.
    for (bool told = quiet; ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0; told = true) {
        const int reason = errno;
        const bool busy = reason == EWOULDBLOCK || reason == EINTR;
        if (!busy || interrupted()) {
            ::close(descriptor_);
            if (busy) throw Error(ExitStatus::kInterrupted, fmt::format("stopped waiting for {}", path.string()));
            throw failed("{}: cannot lock ({})", path.string(), std::strerror(reason));
        }
        if (!told) fmt::print(stderr, "waiting for another process with {}\n", path.string());
        std::this_thread::sleep_for(kPause);
    }
}

FileLock::~FileLock() { ::close(descriptor_); }

}  // namespace inkling
