#pragma once

#include "cli/command_line.h"

namespace inkling::cli {

/// Adds 'data convert'.
void add_convert(const Command& data);

}  // namespace inkling::cli
