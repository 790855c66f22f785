#pragma once

#include <string>

namespace inkling {

/// A name for this process that no other has: machine (or container), its start, process and the process's start.
std::string this_owner();

/// A name for a claim of this process, that no other claim has.
std::string new_claim();

/// Whether the process of that name, or of that claim, is known to have ended: it was of this machine, and is no more.
/// A process of another machine is never known to have.
bool owner_ended(const std::string& owner);

}  // namespace inkling
