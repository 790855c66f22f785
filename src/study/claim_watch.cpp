#include "study/claim_watch.h"

#include <ctime>

namespace inkling {
namespace {

std::chrono::nanoseconds read_clock(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

std::chrono::nanoseconds awake_time() { return read_clock(CLOCK_MONOTONIC); }

std::chrono::nanoseconds elapsed_time() { return read_clock(CLOCK_BOOTTIME); }

bool ClaimWatch::lost(std::int64_t job, const std::string& claim, std::int64_t sign, AskedOwners& asked) {
    switch (asked.ask(claim)) {
        case OwnerState::kAlive:
            return false;
        case OwnerState::kEnded:
            return true;
        default:
            break;
    }
    const auto now = clock_();
    Sighting& sighting = sightings_[job];
    if (sighting.claim != claim || sighting.sign != sign) sighting = {.claim = claim, .sign = sign, .first = now};
    return now - sighting.first > kClaimLifetime;
}

}  // namespace inkling
