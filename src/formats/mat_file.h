#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inkling {

/// A variable of a MATLAB file, or a field of one: a view of the file's bytes. Only what EMNIST's files are made of is
/// read: matrices of real numbers, and structs of one element.
class MatValue {
  public:
    /// The field of a struct. Throws Error (bad data) where this is no struct of one element, or has no such field.
    MatValue field(std::string_view name) const;

    std::size_t rows() const { return rows_; }
    std::size_t columns() const { return columns_; }

    /// The numbers, which must be whole and from 0 to `most`, row by row: shape (rows, columns). Throws Error (bad
    /// data).
    std::vector<std::uint32_t> numbers(std::uint32_t most) const;
    /// The same from 0 to 255.
    std::vector<std::uint8_t> bytes() const;

    /// "FILE: dataset.train", for messages.
    const std::string& place() const { return place_; }

  private:
    friend class MatFile;
    MatValue(std::span<const std::byte> contents, std::string place);
    template <class Number>
    std::vector<Number> read(std::uint32_t most) const;

    std::string place_;
    std::uint32_t class_ = 0;
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
    std::span<const std::byte> rest_;  // behind dimensions and name
    std::string_view name_;
};

/// A MATLAB file of versions 5 to 7, little-endian.
class MatFile {
  public:
    /// Keeps a view of the bytes. Throws Error (bad data) where they are of no such file.
    MatFile(std::span<const std::byte> file, std::string name);

    /// A variable of the file; inflated, where it is packed, into memory of this file's, of which there is no more than
    /// the bytes can stand for. Throws Error (bad data) where there is none, or what stands before it is damaged.
    MatValue variable(std::string_view name);

  private:
    std::span<const std::byte> rest_;
    std::string name_;
    std::vector<std::byte> inflated_;
};

}  // namespace inkling
