#include "fetch/web_file.h"

#include <algorithm>

#include "core/files.h"
#include "core/hash.h"
#include "fetch/source_error.h"

namespace inkling {

WebFile::WebFile(const std::string& url, const std::filesystem::path& folder, std::uint64_t limit, HttpOptions options,
                 std::function<void(std::uint64_t)> on_progress)
    : url_(url),
      limit_(limit),
      client_(url, options),
      on_progress_(std::move(on_progress)),
      server_file_(client_.look_up()) {
    check_size(server_file_.size.value_or(0));
    const std::string identity = fmt::format("{} {} {}", url, server_file_.size.value_or(0), server_file_.validator);
    folder_ = folder / sha256(std::as_bytes(std::span(identity))).substr(0, 16);
    make_folder(folder_);
    for (const auto& block : std::filesystem::directory_iterator(folder_)) kept_ += block.file_size();
}

void WebFile::check_size(std::uint64_t size) const {
    if (size > limit_) throw source_unsound("{}: {} bytes, expected {} at most", url_, size, limit_);
}

std::filesystem::path WebFile::block_path(std::uint64_t index) const { return folder_ / fmt::format("{:06}", index); }

std::size_t WebFile::block_size(std::uint64_t index) const {
    return static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, *server_file_.size - index * kBlock));
}

bool WebFile::block_is_here(std::uint64_t index) const {
    std::error_code error;
    return std::filesystem::file_size(block_path(index), error) == block_size(index) && !error;
}

std::uint64_t WebFile::size() {
    if (!server_file_.size) fetch_whole();
    return *server_file_.size;
}

std::size_t WebFile::read(std::uint64_t offset, std::span<std::byte> out) {
    if (offset >= size() || out.empty()) return 0;
    const std::uint64_t index = offset / kBlock;
    if (current_.empty() || index != current_index_) {
        fetch_block(index);
        current_ = read_file(block_path(index), kBlock);
        current_index_ = index;
    }
    const std::size_t start = offset % kBlock;
    // The server may have sent less than it first said there was.
    if (start >= current_.size()) return 0;
    const std::size_t count = std::min(out.size(), current_.size() - start);
    std::copy_n(current_.begin() + static_cast<std::ptrdiff_t>(start), count, out.begin());
    return count == out.size() ? count : count + read(offset + count, out.subspan(count));
}

std::vector<std::byte> WebFile::read_all() {
    std::vector<std::byte> contents(size());
    contents.resize(read(0, contents));
    return contents;
}

void WebFile::fetch_block(std::uint64_t index) {
    if (block_is_here(index)) return;
    if (server_file_.ranges) {
        write_file(block_path(index), client_.read_range(index * kBlock, block_size(index),
                                                         [&](std::size_t bytes) { on_progress_(fetched_ += bytes); }));
    } else {
        fetch_whole();
    }
}

void WebFile::fetch_whole() {
    std::vector<std::byte> block;
    std::uint64_t written = 0;
    const auto store = [&] {
        write_file(block_path(written / kBlock), block);
        written += block.size();
        block.clear();
    };
    client_.read_whole(
        [&] {
            block.clear();
            written = fetched_ = 0;
        },
        [&](std::span<const std::byte> piece) {
            check_size(fetched_ + piece.size());
            while (!piece.empty()) {
                const auto part = piece.first(std::min(piece.size(), kBlock - block.size()));
                block.insert(block.end(), part.begin(), part.end());
                piece = piece.subspan(part.size());
                fetched_ += part.size();
                if (block.size() == kBlock) store();
            }
            on_progress_(fetched_);
        });
    if (!block.empty()) store();
    server_file_.size = written;
}

}  // namespace inkling
