#pragma once

#include <filesystem>

namespace inkling {

/// Holds a lock file, so that of several processes only one works at a time. The lock falls with the process, however
/// it ends; the empty file stays.
class FileLock {
  public:
    /// Waits until the lock is free; says so on standard error unless `quiet`. Throws Error (failed), or
    /// (interrupted) within a tenth of a second of interrupted().
    FileLock(const std::filesystem::path& path, bool quiet);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

  private:
    int descriptor_;
};

}  // namespace inkling
