#include "nn/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/printable.h"

namespace inkling {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "values are copied as they lie in memory");

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // as the reference implementation

// In the order of NamedTensor's variant.
struct Type {
    const char* name;
    std::size_t size;
};
constexpr Type kTypes[] = {{"F32", sizeof(float)}, {"F64", sizeof(double)}, {"I64", sizeof(std::int64_t)}};

std::span<const std::byte> bytes_of(const NamedTensor& tensor) {
    return std::visit([](auto values) { return std::as_bytes(values); }, tensor.values);
}

/// The header, with nesting bounded and repeated names refused, of which JSON itself says nothing.
json parse_header(std::string_view text, const std::string& source) {
    std::vector<std::set<std::string>> names;
    const auto check = [&](int depth, json::parse_event_t event, json& value) {
        if (depth > 3) throw bad_data("{}: the header is nested deeper than a safetensors header", source);
        if (event == json::parse_event_t::object_start) names.emplace_back();
        if (event == json::parse_event_t::object_end) names.pop_back();
        if (event == json::parse_event_t::key && !names.back().insert(value.get<std::string>()).second)
            throw bad_data("{}: the header names \"{}\" twice", source, printable(value.get_ref<const std::string&>()));
        return true;
    };
    try {
        return json::parse(text, check);
    } catch (const json::exception&) {
        throw bad_data("{}: not a safetensors file: its header is not JSON", source);
    }
}

SafetensorsMetadata parse_metadata(const json& header, const std::string& source) {
    SafetensorsMetadata metadata;
    if (!header.is_object()) throw bad_data("{}: __metadata__ is not an object of strings", source);
    for (const auto& [key, value] : header.items()) {
        if (!value.is_string()) throw bad_data("{}: __metadata__.{} is not a string", source, printable(key));
        metadata[key] = value.get<std::string>();
    }
    return metadata;
}

/// A list of unsigned numbers under `key`.
std::vector<std::size_t> parse_numbers(const json& tensor, const char* key, const std::string& where) {
    const auto found = tensor.find(key);
    if (found == tensor.end() || !found->is_array()) throw bad_data("{}: {} is missing or not a list", where, key);
    std::vector<std::size_t> numbers;
    for (const json& number : *found) {
        if (!number.is_number_unsigned()) throw bad_data("{}: {} holds something else than 0 or more", where, key);
        numbers.push_back(number.get<std::size_t>());
    }
    return numbers;
}

std::size_t type_size(const json& tensor, const std::string& where) {
    const auto found = tensor.find("dtype");
    if (found == tensor.end() || !found->is_string()) throw bad_data("{}: dtype is missing", where);
    for (const Type& type : kTypes)
        if (found->get_ref<const std::string&>() == type.name) return type.size;
    throw bad_data("{}: dtype {}, expected F32, F64 or I64", where, printable(found->get_ref<const std::string&>()));
}

/// Bytes that a tensor of `shape` fills, or `limit` + 1 where they are more than `limit`.
std::size_t bytes_of_shape(const std::vector<std::size_t>& shape, std::size_t item, std::size_t limit) {
    if (std::find(shape.begin(), shape.end(), 0u) != shape.end()) return 0;
    std::size_t bytes = item;
    for (const std::size_t extent : shape) {
        if (extent > limit / bytes) return limit + 1;
        bytes *= extent;
    }
    return bytes;
}

/// Bytes of the header, from a file's start; the file has `size` bytes.
std::uint64_t header_length(std::span<const std::byte> start, std::uint64_t size, const std::string& source) {
    std::uint64_t length = 0;
    if (size < kLengthBytes) throw bad_data("{}: {} bytes, too short for a safetensors file", source, size);
    std::memcpy(&length, start.data(), kLengthBytes);
    const std::uint64_t most = std::min<std::uint64_t>(kMaxHeaderBytes, size - kLengthBytes);
    if (length > most)
        throw bad_data("{}: header of {} bytes, expected {} at most; not a safetensors file, or cut off", source,
                       length, most);
    return length;
}

/// The header of a file that begins with `start`, an object.
json header_of(std::span<const std::byte> start, std::uint64_t length, const std::string& source) {
    json header = parse_header({reinterpret_cast<const char*>(start.data()) + kLengthBytes, length}, source);
    if (!header.is_object()) throw bad_data("{}: not a safetensors file: its header is not an object", source);
    return header;
}

}  // namespace

std::vector<std::byte> encode_safetensors(std::span<const NamedTensor> tensors, const SafetensorsMetadata& metadata) {
    json header = json::object();
    if (!metadata.empty()) header["__metadata__"] = metadata;
    std::size_t end = 0;
    for (const NamedTensor& tensor : tensors) {
        const std::size_t begin = end;
        end += bytes_of(tensor).size();
        header[tensor.name] = {
            {"dtype", kTypes[tensor.values.index()].name}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
    }
    std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
    // Values begin on a multiple of 8, so that a reader may map them.
    text.resize((text.size() + 7) / 8 * 8, ' ');
    if (text.size() > kMaxHeaderBytes)
        throw failed("{} bytes of names and recipe, but a safetensors file has {} at most; take fewer layers",
                     text.size(), kMaxHeaderBytes);

    const std::uint64_t length = text.size();
    std::vector<std::byte> contents(kLengthBytes + text.size() + end);
    std::memcpy(contents.data(), &length, kLengthBytes);
    std::memcpy(contents.data() + kLengthBytes, text.data(), text.size());
    auto position = contents.begin() + static_cast<std::ptrdiff_t>(kLengthBytes + text.size());
    for (const NamedTensor& tensor : tensors) {
        const auto bytes = bytes_of(tensor);
        position = std::copy(bytes.begin(), bytes.end(), position);
    }
    return contents;
}

Safetensors::Safetensors(std::vector<std::byte> contents, std::string source)
    : contents_(std::move(contents)), source_(std::move(source)) {
    const std::uint64_t length = header_length(contents_, contents_.size(), source_);
    const json header = header_of(contents_, length, source_);

    const std::size_t data = kLengthBytes + length;
    const std::size_t data_bytes = contents_.size() - data;
    std::vector<std::pair<std::size_t, std::size_t>> ranges;
    for (const auto& [name, tensor] : header.items()) {
        if (name == "__metadata__") {
            metadata_ = parse_metadata(tensor, source_);
            continue;
        }
        const std::string where = fmt::format("{}: tensor {}", source_, printable(name));
        if (!tensor.is_object()) throw bad_data("{}: not an object", where);
        const std::size_t item = type_size(tensor, where);
        auto shape = parse_numbers(tensor, "shape", where);
        const auto offsets = parse_numbers(tensor, "data_offsets", where);
        if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_bytes)
            throw bad_data("{}: data_offsets do not lie in the file's {} bytes of values", where, data_bytes);
        const std::size_t bytes = offsets[1] - offsets[0];
        if (bytes_of_shape(shape, item, data_bytes) != bytes)
            throw bad_data("{}: {} bytes, which its shape contradicts", where, bytes);
        ranges.emplace_back(offsets[0], offsets[1]);
        tensors_[name] = {tensor["dtype"].get<std::string>(), std::move(shape), data + offsets[0], bytes};
    }
    std::sort(ranges.begin(), ranges.end());
    std::size_t end = 0;
    for (const auto& range : ranges) {
        if (range.first != end) throw bad_data("{}: values overlap or leave a gap at byte {}", source_, end);
        end = range.second;
    }
    if (end != data_bytes) throw bad_data("{}: {} bytes of values, expected {}", source_, data_bytes, end);
}

const std::string& value_of(const SafetensorsMetadata& metadata, const std::string& key, const std::string& source) {
    const auto found = metadata.find(key);
    if (found == metadata.end()) throw bad_data("{}: no \"{}\" in its metadata", source, key);
    return found->second;
}

const std::string& Safetensors::metadata(const std::string& key) const { return value_of(metadata_, key, source_); }

const Safetensors::Entry& Safetensors::entry(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) throw bad_data("{}: no tensor \"{}\"", source_, printable(name));
    return found->second;
}

std::vector<std::string> Safetensors::names() const {
    std::vector<std::string> names;
    names.reserve(tensors_.size());
    for (const auto& [name, entry] : tensors_) names.push_back(name);
    return names;
}

const std::vector<std::size_t>& Safetensors::shape(const std::string& name) const { return entry(name).shape; }

void Safetensors::copy(const std::string& name, const char* type, std::span<std::byte> values,
                       std::size_t count) const {
    const Entry& tensor = entry(name);
    if (tensor.type != type || tensor.bytes != values.size())
        throw bad_data("{}: tensor {} has {} bytes of {}, expected {} values of {}", source_, printable(name),
                       tensor.bytes, tensor.type, count, type);
    std::copy_n(contents_.begin() + static_cast<std::ptrdiff_t>(tensor.offset), tensor.bytes, values.begin());
}

void Safetensors::read(const std::string& name, std::span<float> values) const {
    copy(name, "F32", std::as_writable_bytes(values), values.size());
}

void Safetensors::read(const std::string& name, std::span<double> values) const {
    copy(name, "F64", std::as_writable_bytes(values), values.size());
}

void Safetensors::read(const std::string& name, std::span<std::int64_t> values) const {
    copy(name, "I64", std::as_writable_bytes(values), values.size());
}

Safetensors read_safetensors(const std::filesystem::path& path,
                             const std::function<std::uint64_t(const SafetensorsMetadata&)>& most) {
    const std::string source = path.string();
    const auto first = read_start(path, kLengthBytes);
    std::error_code unknown;
    const std::uint64_t size = std::max<std::uint64_t>(std::filesystem::file_size(path, unknown), first.size());
    const std::uint64_t length = header_length(first, first.size() < kLengthBytes ? first.size() : size, source);
    const auto start = read_start(path, kLengthBytes + length);
    if (start.size() < kLengthBytes + length) throw bad_data("{}: shrank while it was read", source);
    const json header = header_of(start, length, source);
    const auto metadata = header.find("__metadata__");
    const std::uint64_t values =
        most(metadata == header.end() ? SafetensorsMetadata{} : parse_metadata(*metadata, source));
    return {read_file(path, kLengthBytes + length + values), source};
}

}  // namespace inkling
