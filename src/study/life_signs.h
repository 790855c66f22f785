#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "study/claim_watch.h"

namespace inkling {

/// Signs of life of the processes that share a folder: `workers` in it has a file for each, whose number changes. The
/// journal does not grow by them.
class LifeSigns {
  public:
    /// `clock` tells when to write and look again.
    LifeSigns(const std::filesystem::path& shared, Clock clock);

    /// Gives one for the process that has the claim; not more often than each second. Throws Error (failed).
    void give(const std::string& claim);

    /// The last one of the process that has the claim, 0 where there is none; up to kLookEvery old.
    std::int64_t last(const std::string& claim);

    /// Takes its file away.
    void forget(const std::string& claim);

  private:
    struct Sign {
        std::int64_t number = 0;
        std::chrono::nanoseconds at{};
    };
    std::filesystem::path file_of(const std::string& claim) const;

    std::filesystem::path folder_;
    Clock clock_;
    std::map<std::filesystem::path, Sign> seen_;
    std::map<std::filesystem::path, std::chrono::nanoseconds> given_;
};

}  // namespace inkling
