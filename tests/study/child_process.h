#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "study/owner.h"

namespace inkling {

/// A process that does nothing, and the name of a claim of it. Ends with this, at the latest.
class ChildProcess {
  public:
    ChildProcess() {
        int names[2];
        if (::pipe(names) != 0) return;
        process_ = ::fork();
        if (process_ == 0) {
            const std::string name = new_claim();
            const auto written = ::write(names[1], name.data(), name.size());
            while (written > 0) ::pause();
            ::_exit(1);
        }
        ::close(names[1]);
        char text[256];
        const auto size = ::read(names[0], text, sizeof text);
        claim_.assign(text, size > 0 ? static_cast<std::size_t>(size) : 0);
        ::close(names[0]);
    }
    ~ChildProcess() {
        end();
        bury();
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    const std::string& claim() const { return claim_; }

    /// Returns when it is stopped.
    void stop() const {
        ::kill(process_, SIGSTOP);
        siginfo_t stopped{};
        ::waitid(P_PID, static_cast<id_t>(process_), &stopped, WSTOPPED);
    }
    void go_on() const { ::kill(process_, SIGCONT); }

    /// Returns when it has ended; it stays a zombie until bury().
    void end() const {
        if (process_ <= 0) return;
        ::kill(process_, SIGKILL);
        siginfo_t ended{};
        ::waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOWAIT);
    }
    void bury() {
        if (process_ > 0) ::waitpid(process_, nullptr, 0);
        process_ = 0;
    }

  private:
    pid_t process_ = 0;
    std::string claim_;
};

/// A claim of a process that has ended.
inline std::string dead_claim() { return ChildProcess().claim(); }

/// A process of another machine, of which nothing can be known.
inline const std::string kElsewhere = "another-machine/12/345";

}  // namespace inkling
