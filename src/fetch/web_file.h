#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fetch/http.h"

namespace inkling {

/// A large file on a web server that is read in any order. What was read stays in a folder, block by block, so that
/// nothing comes twice and a later process goes on where this one stopped. Only the blocks that are needed are fetched
/// if the server has ranges, else the whole file at the first read. Methods throw what HttpClient throws.
class WebFile {
  public:
    static constexpr std::size_t kBlock = std::size_t{1} << 20;

    /// Asks the server for the file's size. Blocks lie in `folder` under a name of their own for each address and
    /// version of the file. `on_progress` hears how many bytes this process has fetched. Throws SourceError (bad data)
    /// as soon as the file turns out to have more than `limit` bytes.
    WebFile(const std::string& url, const std::filesystem::path& folder, std::uint64_t limit, HttpOptions options,
            std::function<void(std::uint64_t)> on_progress);

    bool has_ranges() const { return server_file_.ranges; }
    std::optional<std::uint64_t> size_if_known() const { return server_file_.size; }

    /// Bytes that an earlier process left and that need not come again.
    std::uint64_t kept() const { return server_file_.ranges ? kept_ : 0; }

    /// Bytes; without ranges it fetches the file if the server does not tell.
    std::uint64_t size();

    /// Fills `out` from `offset` on, or as much of it as there is; returns the number of bytes read.
    std::size_t read(std::uint64_t offset, std::span<std::byte> out);

    std::vector<std::byte> read_all();

  private:
    void check_size(std::uint64_t size) const;
    std::filesystem::path block_path(std::uint64_t index) const;
    std::size_t block_size(std::uint64_t index) const;
    bool block_is_here(std::uint64_t index) const;
    void fetch_block(std::uint64_t index);
    void fetch_whole();

    std::string url_;
    std::uint64_t limit_;
    HttpClient client_;
    std::function<void(std::uint64_t)> on_progress_;
    HttpFile server_file_;
    std::filesystem::path folder_;
    std::uint64_t kept_ = 0;
    std::uint64_t fetched_ = 0;
    std::uint64_t current_index_ = 0;
    std::vector<std::byte> current_;  // the block that was read last; empty at first
};

}  // namespace inkling
