#include "core/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/error.h"

namespace inkling {

FileLock::FileLock(const std::filesystem::path& path, bool quiet)
    : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) throw failed("{}: cannot open the lock file ({})", path.string(), std::strerror(errno));
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
    if (errno == EWOULDBLOCK && !quiet) fmt::print(stderr, "waiting for another process with {}\n", path.string());
    int status = -1;
    do status = ::flock(descriptor_, LOCK_EX);
    while (status != 0 && errno == EINTR);
    if (status == 0) return;
    const int reason = errno;
    ::close(descriptor_);
    throw failed("{}: cannot lock ({})", path.string(), std::strerror(reason));
}

FileLock::~FileLock() { ::close(descriptor_); }

}  // namespace inkling
