#pragma once

#include <filesystem>

namespace inkling {

/// A folder of this process's own among the system's temporary ones ($TMPDIR, else /tmp), which goes with it unless
/// the process is killed.
class ScratchFolder {
  public:
    /// Throws Error (failed).
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace inkling
