#include "core/interrupt.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

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

}  // namespace

void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = [](int) { stop_asked = true; };
    // The handler serves once: the second signal meets the default action.
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    catch_hangup();
}

bool interrupted() { return stop_asked; }

}  // namespace inkling
