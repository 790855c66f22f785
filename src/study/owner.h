#pragma once

#include <map>
#include <string>
#include <utility>

namespace inkling {

/// A name for this process that no other has: machine (or container), its start, process and the process's start.
std::string this_owner();

/// A name for a claim of this process, that no other claim has; it tells the machine's name too.
std::string new_claim();

/// The same claim as one of `owner`, with whom it falls, made for a process of that rank.
std::string claim_of_owner(const std::string& claim, const std::string& owner, int rank);

/// Between which names, in the order of bytes, all claims of an owner lie: from the first up to before the second.
std::pair<std::string, std::string> claims_of(const std::string& owner);

/// The name of the machine that a claim is from; empty where it tells none.
std::string claim_host(const std::string& claim);

enum class OwnerState {
    kAlive,  // perhaps stopped
    kEnded,
    kUnknown  // of another machine, or of one that was started anew
};

/// What has become of the process of that name, or of that claim.
OwnerState ask_owner(const std::string& owner);

/// Asks for many claims at one moment, after each process once.
class AskedOwners {
  public:
    OwnerState ask(const std::string& claim);

  private:
    std::map<std::string, OwnerState> states_;
};

}  // namespace inkling
