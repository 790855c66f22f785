#include "data/byte_source.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/error.h"
#include "data/gzip_reader.h"

namespace inkling {
namespace {

constexpr std::uint64_t kMostInflation = 1032;  // deflate's best ratio: zlib.net/zlib_tech.html
constexpr int kMostLayers = 2;
constexpr std::size_t kBuffer = 4096;  // between two layers

bool is_gzip(std::span<const std::byte> bytes) {
    return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

/// Takes so many layers of gzip off the file, 1 at least.
std::shared_ptr<GzipReader> unpacked(std::span<const std::byte> file, const std::string& name, int layers) {
    auto reader = std::make_shared<GzipReader>([file]() mutable { return std::exchange(file, {}); }, name);
    for (int layer = 1; layer < layers; ++layer)
        reader = std::make_shared<GzipReader>(
            [outer = reader, buffer = std::vector<std::byte>(kBuffer)]() mutable {
                return std::span<const std::byte>(buffer).first(outer->read(buffer));
            },
            name + ", unpacked once");
    return reader;
}

/// By a reader of its own, so that nothing of the contents is lost.
bool begins_with_gzip(GzipReader& contents) {
    std::array<std::byte, 2> first{};
    return contents.read(first) == first.size() && is_gzip(first);
}

}  // namespace

ByteSource::ByteSource(std::span<const std::byte> file, std::string name)
    : file_(file), rest_(file), name_(std::move(name)) {
    bool packed = is_gzip(file);
    while (packed) {
        if (++layers_ > kMostLayers)
            throw bad_data("{}: gzipped more than {} times, expected once; unpack it with gunzip", name_, kMostLayers);
        packed = begins_with_gzip(*unpacked(file_, name_, layers_));
    }
    if (layers_ > 0) contents_ = unpacked(file_, name_, layers_);
}

std::size_t ByteSource::read(std::span<std::byte> out) {
    std::size_t count = std::min(out.size(), rest_.size());
    if (contents_) {
        count = contents_->read(out);
    } else {
        std::copy_n(rest_.begin(), count, out.begin());
        rest_ = rest_.subspan(count);
    }
    read_ += count;
    return count;
}

void ByteSource::expect_end() {
    const std::uint64_t end = read_;
    std::array<std::byte, 1> extra{};
    if (read(extra) != 0)
        throw bad_data("{}: bytes are left over after the contents, which end at byte {}, expected the end of the file",
                       name_, end);
}

std::uint64_t ByteSource::capacity() const {
    if (layers_ == 0) return file_.size();
    std::uint64_t most = file_.size();
    for (int layer = 0; layer < layers_; ++layer) most = std::min(most * kMostInflation, GzipReader::kMostContents);
    return most;
}

std::uint64_t ByteSource::likely_capacity() const {
    return layers_ == 0 ? file_.size() : file_.size() * kMostInflation;
}

}  // namespace inkling
