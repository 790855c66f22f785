#pragma once

#include <functional>

#include "cli/commands.h"
#include "cluster/group.h"

namespace inkling::cli {

/// Runs a command that processes started by mpirun or srun do together. Where it fails on one of several, that one says
/// "inkling: rank 2 on node7: why" and ends all; where all are told to stop, rank 0 says so.
void run_in_group(const std::function<void(Group& group)>& command);

/// The options with a number of threads for this process of several, where none is said: no more than it has of the
/// processors that others of its group may run on too. All call it together.
RunOptions own_threads(Group& group, RunOptions run);

}  // namespace inkling::cli
