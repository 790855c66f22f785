#include "core/interrupt.h"

#include <atomic>
#include <csignal>

namespace inkling {
namespace {
std::atomic<bool> stop_asked = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may write it");
}  // namespace

void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = [](int) { stop_asked = true; };
    // The handler serves once: the second signal meets the default action.
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return stop_asked; }

}  // namespace inkling
