#include "study/write_wait.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "core/interrupt.h"

namespace inkling {
namespace {

using namespace std::chrono_literals;

constexpr auto kPause = 5ms;
constexpr auto kSilence = 1s;
// What others are about to write takes less; who stops must still get to give back what it has claimed.
constexpr auto kPatienceWhenStopped = 400ms;

/// The number of a file in its file system; 0 where there is none.
ino_t file_number(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

/// The process that holds a lock to write on the database; 0 where it cannot be told. The system's table of locks is
/// read, see proc(5), because a file that is opened to ask for its locks loses this process's own when it is closed.
pid_t writer_of(const std::filesystem::path& path) {
    const ino_t files[] = {file_number(path.string() + "-shm"), file_number(path.string())};
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
        // "1: POSIX  ADVISORY  WRITE 1234 08:01:5678 120 120"; who waits for a lock has an arrow before its kind.
        std::istringstream fields(line);
        std::string number, kind, advisory, access, file;
        pid_t process = 0;
        fields >> number >> kind >> advisory >> access >> process >> file;
        if (!fields || kind != "POSIX" || access != "WRITE" || process <= 0 || process == ::getpid()) continue;
        const std::string inode = file.substr(file.rfind(':') + 1);
        for (const ino_t known : files)
            if (known != 0 && inode == std::to_string(known)) return process;
    }
    return 0;
}

/// See proc(5), status.
bool is_stopped(pid_t process) {
    std::ifstream status(fmt::format("/proc/{}/status", process));
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("State:")) return line.find("\tT") != std::string::npos;
    return false;
}

void tell(const std::filesystem::path& path) {
    static std::atomic<pid_t> told = -1;
    const pid_t writer = writer_of(path);
    if (told.exchange(writer) == writer) return;
    const std::string who = writer > 0 ? fmt::format("process {}", writer) : "another process";
    const bool stopped = writer > 0 && is_stopped(writer);
    // In the place of a bar, where one is drawn.
    const char* const line = ::isatty(STDERR_FILENO) == 1 ? "\r\x1b[K" : "";
    fmt::print(stderr, "{}waiting for {}, which {} {}{}\n", line, who,
               stopped ? "was stopped while it wrote to" : "writes to", path.string(),
               stopped ? fmt::format("; let it go on with 'kill -CONT {}', or end it", writer) : "");
}

}  // namespace

bool WriteWait::wait(int tries) {
    const auto now = std::chrono::steady_clock::now();
    if (tries == 0) begun_ = now;
    const auto waited = now - begun_;
    if (interrupted() && waited > kPatienceWhenStopped) return false;
    if (waited > kSilence) tell(path_);
    std::this_thread::sleep_for(kPause);
    return true;
}

}  // namespace inkling
