#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "idx_files.h"

namespace inkling {

/// One of those that read bytes from outside: a file that people bring, or what came over a network.
struct OutsideReader {
    std::string_view name;
    ExitStatus refusal;                              // with which it refuses
    void (*read)(std::span<const std::byte> bytes);  // reads and refuses; throws BadReading
    std::vector<Bytes> (*seeds)();                   // what it reads, for fuzzers to begin with
};

/// What was read is something that no reader may return.
struct BadReading : std::logic_error {
    using std::logic_error::logic_error;
};

inline void expect_reading(bool holds, const char* what) {
    if (!holds) throw BadReading(what);
}

/// All of them: whoever writes a new one adds its row.
std::vector<OutsideReader> outside_readers();

// By what they read.
std::vector<OutsideReader> data_readers();
std::vector<OutsideReader> network_readers();
std::vector<OutsideReader> study_readers();
std::vector<OutsideReader> request_readers();

/// Whether the bytes were read. Throws BadReading, too, where they are refused otherwise than in one line, with the
/// reader's status or, by the server, with a status of 4xx; and lets pass what is no refusal.
bool try_reader(const OutsideReader& reader, std::span<const std::byte> bytes);

// Text as bytes, and back.
inline std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

}  // namespace inkling
