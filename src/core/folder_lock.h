#pragma once

#include <filesystem>

namespace inkling {

/// Holds a folder for as long as a command works in it, so that no other one writes between its files. Falls with the
/// process, however that ends. Its file, `.lock` in the folder, names the process and goes with the lock.
class FolderLock {
  public:
    enum class Use {
        kAlone,
        kShared,  // with others that share it, as the processes of a study do
    };
    enum class WhenHeld { kRefuse, kWait };

    /// Makes the folder where there is none. Throws Error: failed, naming the process, where another one holds it and
    /// kRefuse was asked for, and where the folder cannot be written; kInterrupted within a tenth of a second of
    /// interrupted().
    explicit FolderLock(const std::filesystem::path& folder, Use use = Use::kAlone,
                        WhenHeld when_held = WhenHeld::kRefuse);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

  private:
    bool take(Use use);
    bool is_in_place() const;
    void name_owner() const;

    std::filesystem::path folder_;
    std::filesystem::path path_;
    int descriptor_ = -1;
};

}  // namespace inkling
