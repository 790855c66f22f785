#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace inkling {

/// A tensor to be written: F32, F64 or I64, row by row.
struct NamedTensor {
    std::string name;
    std::vector<std::size_t> shape;
    std::variant<std::span<const float>, std::span<const double>, std::span<const std::int64_t>> values;
};

using SafetensorsMetadata = std::map<std::string, std::string>;

/// A value that must be there; `source` names the file in messages. Throws Error (bad data).
const std::string& value_of(const SafetensorsMetadata& metadata, const std::string& key, const std::string& source);

/// The bytes of a safetensors file, https://github.com/huggingface/safetensors: the length of the header as a
/// little-endian 64-bit number, the header in JSON, the tensors' values without gaps. Names must differ; the values of
/// each tensor must be as many as its shape says. Throws Error (failed) where the header is too long to be read again.
std::vector<std::byte> encode_safetensors(std::span<const NamedTensor> tensors, const SafetensorsMetadata& metadata);

/// A safetensors file in memory, checked whole before anything in it is trusted. Headers over 100 MB, which no program
/// reads, and types other than F32, F64 and I64 are refused.
class Safetensors {
  public:
    /// `source` names the file in messages. Throws Error (bad data).
    Safetensors(std::vector<std::byte> contents, std::string source);

    const SafetensorsMetadata& metadata() const { return metadata_; }

    /// A metadata value that must be there. Throws Error (bad data).
    const std::string& metadata(const std::string& key) const;

    std::size_t value_bytes() const { return contents_.size(); }  // at most

    bool contains(const std::string& name) const { return tensors_.contains(name); }

    /// The tensors' names, in rising order.
    std::vector<std::string> names() const;

    /// The shape of a tensor that must be there. Throws Error (bad data).
    const std::vector<std::size_t>& shape(const std::string& name) const;

    /// Copies a tensor out. Throws Error (bad data) if it is not there, or not of this type and number of values.
    void read(const std::string& name, std::span<float> values) const;
    void read(const std::string& name, std::span<double> values) const;
    void read(const std::string& name, std::span<std::int64_t> values) const;

  private:
    struct Entry {
        std::string type;
        std::vector<std::size_t> shape;
        std::size_t offset = 0;  // in contents_
        std::size_t bytes = 0;
    };
    const Entry& entry(const std::string& name) const;
    void copy(const std::string& name, const char* type, std::span<std::byte> values, std::size_t count) const;

    std::vector<std::byte> contents_;
    std::string source_;
    SafetensorsMetadata metadata_;
    std::map<std::string, Entry> tensors_;
};

/// Reads a file. `most` says by its metadata how many bytes of values it may have, and is asked before they are read: a
/// limit is what is expected of that file. Throws Error (bad data), and what `most` throws.
Safetensors read_safetensors(const std::filesystem::path& path,
                             const std::function<std::uint64_t(const SafetensorsMetadata&)>& most);

}  // namespace inkling
