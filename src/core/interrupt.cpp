#include "core/interrupt.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <vector>

namespace inkling {
namespace {
std::atomic<bool> stop_asked = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may write it");

/// Whether nobody is at the other end any more.
bool is_gone(int output) {
    struct pollfd asked = {output, 0, 0};
    return ::poll(&asked, 1, 0) == 1 && (asked.revents & (POLLHUP | POLLERR)) != 0;
}

/// What is printed while work is saved must not fail because the terminal is gone. Calls only what a signal handler
/// may.
void drop_gone_outputs() {
    const int error = errno;
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (const int output : {STDOUT_FILENO, STDERR_FILENO})
        if (nowhere >= 0 && is_gone(output)) ::dup2(nowhere, output);
    if (nowhere >= 0) ::close(nowhere);
    errno = error;
}

/// A terminal that goes may say so twice, by its shell and by the kernel, so that the second signal means no more.
void catch_hangup() {
    struct sigaction action {};
    sigaction(SIGHUP, nullptr, &action);
    if (action.sa_handler == SIG_IGN) return;
    action = {};
    action.sa_handler = [](int) {
        stop_asked = true;
        drop_gone_outputs();
    };
    sigaction(SIGHUP, &action, nullptr);
}

/// A thread's stack for handlers, unless it has one.
class SignalStack {
  public:
    SignalStack() {
        stack_t present{};
        sigaltstack(nullptr, &present);
        if ((present.ss_flags & SS_DISABLE) == 0) return;
        memory_.resize(kSize);
        const stack_t own{.ss_sp = memory_.data(), .ss_flags = 0, .ss_size = memory_.size()};
        sigaltstack(&own, nullptr);
    }
    ~SignalStack() {
        const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
        if (!memory_.empty()) sigaltstack(&none, nullptr);
    }
    SignalStack(const SignalStack&) = delete;
    SignalStack& operator=(const SignalStack&) = delete;

  private:
    static constexpr std::size_t kSize = 128 * 1024;  // more than the registers of any processor, which go there
    std::vector<std::byte> memory_;
};

}  // namespace

void take_signals_apart() {
    thread_local const SignalStack stack;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction action {};
        sigaction(signal, nullptr, &action);
        if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) continue;
        action.sa_flags |= SA_ONSTACK;
        sigaction(signal, &action, nullptr);
    }
}

void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = [](int) { stop_asked = true; };
    // The handler serves once: the second signal meets the default action.
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    catch_hangup();
    take_signals_apart();
}

bool interrupted() { return stop_asked; }

}  // namespace inkling
