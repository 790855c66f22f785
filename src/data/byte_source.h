#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace inkling {

class GzipReader;

/// Reads the contents of a file in order, whether the file is plain, gzipped, or gzipped twice, as downloads and
/// careless scripts leave it; the first bytes tell. Inflates only what is asked for, so that a small file cannot fill
/// the memory. Keeps a view of the file's bytes.
class ByteSource {
  public:
    /// `name` is the file's, for errors. Throws Error (bad data) where there is gzip within gzip within gzip, or the
    /// first bytes are damaged.
    ByteSource(std::span<const std::byte> file, std::string name);

    /// Fills `out`, or as much of it as there are contents; returns the number of bytes read. Throws as
    /// GzipReader::read().
    std::size_t read(std::span<std::byte> out);

    /// Throws Error (bad data) unless all was read: nothing left over, checksum right.
    void expect_end();

    /// The most bytes that the whole file can hold: its size, or what deflate can make of it in as many layers as there
    /// are, up to GzipReader::kMostContents.
    std::uint64_t capacity() const;

    /// Of these, as many as a file holds whose contents are no joke: what one layer of deflate can make of it.
    std::uint64_t likely_capacity() const;

  private:
    std::span<const std::byte> file_;
    std::span<const std::byte> rest_;  // of a plain file
    std::string name_;
    std::shared_ptr<GzipReader> contents_;  // null for a plain file
    int layers_ = 0;                        // of gzip
    std::uint64_t read_ = 0;                // bytes so far
};

}  // namespace inkling
