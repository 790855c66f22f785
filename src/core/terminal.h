#pragma once

namespace inkling {

/// Columns of the terminal that a file descriptor is; 80 where it is none, or one too narrow to be true.
int terminal_width(int file);

/// Whether colours may be used on standard output: a terminal, and NO_COLOR not set (https://no-color.org).
bool colours_allowed();

}  // namespace inkling
