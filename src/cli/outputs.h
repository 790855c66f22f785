#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "train/run_folder.h"

namespace inkling::cli {

/// A file that a command is to write; none where `path` is empty.
struct Output {
    const char* option;
    std::string path;
};

/// The files of a run, whether they are there or not.
std::vector<std::filesystem::path> files_of(const RunFolder& run);

/// The same of a run's folder, or the file that is named in its place.
std::vector<std::filesystem::path> files_of_network(const std::string& path);

/// Before any work. Throws Error (wrong usage) where one of them is a file that the command reads, or two are one.
void check_outputs(const std::vector<Output>& outputs, std::span<const std::filesystem::path> inputs);

}  // namespace inkling::cli
