#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inkling {

/// Writes a file so that its name always means whole contents: written aside in the same folder, synced, renamed.
/// Throws Error (failed) that names the file and the reason, for instance a full disk; the old file then stands.
void write_file(const std::filesystem::path& path, std::span<const std::byte> contents);
void write_file(const std::filesystem::path& path, std::string_view contents);

/// Before work whose result goes there. Throws Error (failed) where something other than a file has the name, or the
/// nearest folder above that there is cannot be written.
void check_can_write(const std::filesystem::path& path);

inline constexpr std::uint64_t kAnySize = std::numeric_limits<std::uint64_t>::max();

/// A file's bytes. Throws Error (bad data) if it cannot be read or is larger than `limit` bytes.
std::vector<std::byte> read_file(const std::filesystem::path& path, std::uint64_t limit = std::uint64_t{4} << 30);
std::string read_text(const std::filesystem::path& path, std::uint64_t limit = std::uint64_t{64} << 20);

/// The first `size` bytes of a file, or all where it has fewer. Throws Error (bad data) if it cannot be read.
std::vector<std::byte> read_start(const std::filesystem::path& path, std::uint64_t size);

/// Makes a folder and those above it. Throws Error (failed).
void make_folder(const std::filesystem::path& path);

}  // namespace inkling
