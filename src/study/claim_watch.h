#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "study/owner.h"

namespace inkling {

/// How long a process that cannot be asked may give no sign of life.
inline constexpr std::chrono::seconds kClaimLifetime{60};

/// Time since some moment.
using Clock = std::function<std::chrono::nanoseconds()>;

/// Time that the machine was awake: it stands still while a laptop sleeps, and nobody sets it.
std::chrono::nanoseconds awake_time();

/// The same with the time that the machine slept.
std::chrono::nanoseconds elapsed_time();

/// Tells the claims that nobody holds any more. That of a process on this machine holds as long as the process lives,
/// though it be stopped for a year. One of another machine's, which cannot be asked, is lost when it has given no sign
/// of life while it was watched for kClaimLifetime: what the clocks of two machines say, or a clock that was set, is no
/// reason.
class ClaimWatch {
  public:
    explicit ClaimWatch(Clock clock = awake_time) : clock_(std::move(clock)) {}

    /// Whether the job's claim is lost, of which `sign` changes with each sign of life. See claim names in owner.h.
    bool lost(std::int64_t job, const std::string& claim, std::int64_t sign, AskedOwners& asked);

  private:
    struct Sighting {
        std::string claim;
        std::int64_t sign = 0;
        std::chrono::nanoseconds first{};
    };

    Clock clock_;
    std::map<std::int64_t, Sighting> sightings_;  // by job
};

}  // namespace inkling
