#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace inkling {

/// Takes one layer of gzip off as it is read: the contents of all members, one after another (RFC 1952, 2.2). Zeros
/// after the last are padding, as tapes and `gzip` have it; anything else there is an error.
class GzipReader {
  public:
    /// The packed bytes that come next, valid until the next call; none at the end.
    using Packed = std::function<std::span<const std::byte>()>;

    /// `name` is the file's, for errors.
    GzipReader(Packed packed, std::string name);
    ~GzipReader();
    GzipReader(const GzipReader&) = delete;
    GzipReader& operator=(const GzipReader&) = delete;

    /// Fills `out`, or as much of it as there are contents; returns the number of bytes. Throws Error (bad data), with
    /// the place in the packed bytes, where they are damaged, cut off or do not agree with their checksum, where
    /// something follows them, and where the contents are larger than kMostContents.
    std::size_t read(std::span<std::byte> out);

    /// The most bytes that one layer may hold.
    static constexpr std::uint64_t kMostContents = std::uint64_t{4} << 30;

  private:
    bool begin_member();
    void expect_padding();
    std::size_t inflate_into(std::span<std::byte> out);
    bool refill();

    Packed packed_;
    std::string name_;
    std::span<const std::byte> rest_;
    std::uint64_t place_ = 0;     // of `rest_` in the packed bytes
    std::uint64_t contents_ = 0;  // bytes so far
    z_stream stream_{};
    bool in_member_ = false;
};

}  // namespace inkling
