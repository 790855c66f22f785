#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace inkling {

/// Reads the contents of a file in order, whether the file is plain or gzipped, which its first bytes tell. Inflates
/// only what is asked for, so that a small file cannot fill the memory. Keeps a view of the file's bytes.
class ByteSource {
  public:
    /// `name` is the file's, for errors.
    ByteSource(std::span<const std::byte> file, std::string name);
    ~ByteSource();
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;

    /// Fills `out`, or as much of it as there are contents; returns the number of bytes read. Throws Error (bad data)
    /// where the gzip stream is damaged, cut off, or does not agree with its checksum.
    std::size_t read(std::span<std::byte> out);

    /// Throws Error (bad data) unless all was read: nothing left over, checksum right.
    void expect_end();

    /// The most bytes that the whole file can hold: its size, or what deflate can make of it.
    std::uint64_t capacity() const;

  private:
    std::size_t inflate_into(std::span<std::byte> out);

    std::span<const std::byte> file_;
    std::span<const std::byte> rest_;
    std::string name_;
    std::optional<z_stream> stream_;  // empty for a plain file
    bool ended_ = false;
};

}  // namespace inkling
