#pragma once

#include <chrono>
#include <filesystem>

namespace inkling {

/// The wait of one SQLite connection for another process that writes. That one's lock falls with it, so that there is
/// no limit to how long it is worth waiting; a process that is stopped holds it until it goes on or ends.
class WriteWait {
  public:
    /// `path` is the database's.
    explicit WriteWait(std::filesystem::path path) : path_(std::move(path)) {}

    /// Waits a moment; `tries` is how often it did for the same lock. Returns false where interrupted() asks to stop,
    /// within half a second. After a second, says on standard error for which process it waits, once for each.
    bool wait(int tries);

  private:
    std::filesystem::path path_;
    std::chrono::steady_clock::time_point begun_;
};

}  // namespace inkling
