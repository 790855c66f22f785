#pragma once

#include <string>

namespace inkling {

/// A name for this process that no other has: machine (or container), its start, process and the process's start.
std::string this_owner();

/// A name for a claim of this process, that no other claim has.
std::string new_claim();

enum class OwnerState {
    kAlive,  // perhaps stopped
    kEnded,
    kUnknown  // of another machine, or of one that was started anew
};

/// What has become of the process of that name, or of that claim.
OwnerState ask_owner(const std::string& owner);

}  // namespace inkling
