#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/files.h"

namespace inkling {

/// How a program ended, and all that it printed.
struct ProgramEnd {
    int status = 0;  // 128 + the signal that killed it, as in a shell
    std::string output;
};

/// The program `inkling`, started in a folder.
class Program {
  public:
    /// `largest_file`: bytes that a file may have; `memory`: bytes of address space; 0: any number.
    Program(const std::filesystem::path& folder, const std::vector<std::string>& arguments, rlim_t largest_file = 0,
            rlim_t memory = 0)
        : log_(folder / "program-output.txt") {
        std::vector<char*> argv = {const_cast<char*>(INKLING_PROGRAM)};
        for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
        argv.push_back(nullptr);
        process_ = ::fork();
        if (process_ > 0) return;
        const int log = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(log, STDOUT_FILENO);
        ::dup2(log, STDERR_FILENO);
        const rlimit limit{largest_file, largest_file};
        if (largest_file > 0) ::setrlimit(RLIMIT_FSIZE, &limit);
        const rlimit space{memory, memory};
        if (memory > 0) ::setrlimit(RLIMIT_AS, &space);
        if (::chdir(folder.c_str()) == 0) ::execv(INKLING_PROGRAM, argv.data());
        ::_exit(127);
    }

    ~Program() {
        if (process_ <= 0) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    /// Waits until the condition holds. Returns false if the program ended before.
    bool wait_until(const std::function<bool()>& condition) const {
        while (!condition()) {
            if (has_ended()) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return true;
    }

    /// Waits until it has printed `text`. Returns false if it ended before.
    bool wait_for_output(const std::string& text) const {
        return wait_until(
            [&] { return std::filesystem::exists(log_) && read_text(log_).find(text) != std::string::npos; });
    }

    /// Waits until the file was replaced `times` times. Returns false if the program ended before.
    bool wait_for_writes(const std::filesystem::path& path, int times) {
        std::uint64_t seen = file_number(path);
        while (times > 0) {
            if (has_ended()) return false;
            const std::uint64_t now = file_number(path);
            if (now != seen) --times;
            seen = now;
            std::this_thread::sleep_for(std::chrono::microseconds(300));
        }
        return true;
    }

    void signal(int number) const { ::kill(process_, number); }

    /// Returns when all of it stands still, or has ended: the signal alone may find it running for a moment yet.
    void stop() const {
        signal(SIGSTOP);
        siginfo_t stopped{};
        ::waitid(P_PID, static_cast<id_t>(process_), &stopped, WSTOPPED | WEXITED | WNOWAIT);
    }

    ProgramEnd wait() {
        int status = 0;
        ::waitpid(process_, &status, 0);
        process_ = 0;
        return {WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), read_text(log_)};
    }

  private:
    bool has_ended() const {
        siginfo_t ended{};
        ::waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOHANG | WNOWAIT);
        return ended.si_pid != 0;
    }

    /// Changes whenever a file is written aside and renamed; 0 where there is none.
    static std::uint64_t file_number(const std::filesystem::path& path) {
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0) return 0;
        return status.st_ino * 1'000'003u + static_cast<std::uint64_t>(status.st_mtim.tv_nsec);
    }

    std::filesystem::path log_;
    pid_t process_ = 0;
};

inline ProgramEnd run_program(const std::filesystem::path& folder, const std::vector<std::string>& arguments) {
    return Program(folder, arguments).wait();
}

}  // namespace inkling
