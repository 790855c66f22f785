#pragma once

namespace inkling {

/// From now on, the first Ctrl-C (or SIGTERM) only makes interrupted() true; a second one ends the process at once.
/// SIGHUP, by which a terminal goes, only makes it true too, however often it comes; where it is ignored, as under
/// nohup, it stays ignored. What is printed after it to a terminal that is gone is lost, and no error.
void catch_interrupts();

/// From now on, SIGINT, SIGTERM and SIGHUP are handled on a stack of their own where this thread takes them, whoever
/// handles them, and catch_interrupts() does so too. Kernels of oneDNN move the stack pointer into the heap, where a
/// handler on the usual stack would write over weights and all else.
void take_signals_apart();

/// Whether the person asked to stop. Long work looks at it between steps, saves, and throws an Error with kInterrupted.
bool interrupted();

}  // namespace inkling
