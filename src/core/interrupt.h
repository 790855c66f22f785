#pragma once

namespace inkling {

/// From now on, the first Ctrl-C (or SIGTERM) only makes interrupted() true; a second one ends the process at once.
void catch_interrupts();

/// Whether the person asked to stop. Long work looks at it between steps, saves, and throws an Error with kInterrupted.
bool interrupted();

}  // namespace inkling
