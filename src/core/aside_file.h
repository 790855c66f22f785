#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace inkling {

/// A file that is written beside the name it is to have, whole and synced before it gets it. Goes with this where it
/// has not got it. It has the permissions of the file that it is to replace. Everything throws Error (failed) that
/// names the file and the reason, for instance a full disk.
class AsideFile {
  public:
    AsideFile(std::filesystem::path path, std::span<const std::byte> contents);
    ~AsideFile();
    AsideFile(const AsideFile&) = delete;
    AsideFile& operator=(const AsideFile&) = delete;

    /// Takes the name, whoever has it.
    void replace();

    /// Takes the name unless there is a file of it; returns whether it did. Of all processes on all machines that share
    /// a file system, one does. A server's answer can be lost, so that false may be said of a name that was taken:
    /// compare contents where it matters.
    bool take();

  private:
    std::filesystem::path path_;
    std::string aside_;
};

}  // namespace inkling
