#include "core/interrupt.h"

#include <csignal>

namespace inkling {
namespace {
volatile std::sig_atomic_t stop_asked = 0;
}

void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = [](int) { stop_asked = 1; };
    // The handler serves once: the second signal meets the default action.
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return stop_asked != 0; }

}  // namespace inkling
