#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace inkling {

/// Texts under the numbers 1, 2, 3, ... in a folder that several machines share: journal/0000000001.json and so on.
/// Each is written whole beside its name, which the file system gives to one of all who ask for it; none is ever
/// changed. No locks, and nobody waits for anybody.
class Journal {
  public:
    /// `shared` is the folder above; `journal` in it is made where it is lacking. Throws Error (failed).
    explicit Journal(const std::filesystem::path& shared);

    /// The entry of that number; nothing where there is none yet. Throws Error: bad data where it is no file or larger
    /// than kMostEntryBytes; failed where the folder is gone.
    std::optional<std::string> read(std::int64_t number) const;

    /// Gives the entry that number; returns false where another one has it. No two entries may be alike, so that one
    /// whose answer the file server lost is known again. Throws Error (failed) where it cannot be written.
    bool append(std::int64_t number, const std::string& entry) const;

    /// Entries from 1 on. Throws Error (bad data) that names a file which is no entry, or a number that is missing.
    std::int64_t count() const;

    std::filesystem::path path_of(std::int64_t number) const;

  private:
    std::filesystem::path folder_;
};

inline constexpr std::uint64_t kMostEntryBytes = std::uint64_t{16} << 20;

}  // namespace inkling
