// Fuzzes one of the readers of bytes from outside by libFuzzer (https://llvm.org/docs/LibFuzzer.html):
//
//     fuzz --list                        the readers' names
//     fuzz --reader=NAME --seeds=FOLDER  writes files that it reads
//     fuzz --reader=NAME [-option...] [FOLDER]
//
// libFuzzer passes over what begins with two dashes, and hands it on to the processes that it starts.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "core/files.h"
#include "fuzz/readers.h"

namespace {

using namespace inkling;

std::optional<OutsideReader> chosen;

std::string value_of(std::string_view option, int count, char** arguments) {
    for (int i = 1; i < count; ++i)
        if (const std::string_view argument = arguments[i]; argument.starts_with(option))
            return std::string(argument.substr(option.size()));
    return {};
}

void write_seeds(const OutsideReader& reader, const std::filesystem::path& folder) {
    make_folder(folder);
    int number = 0;
    for (const Bytes& seed : reader.seeds()) write_file(folder / fmt::format("seed-{}", number++), seed);
}

[[noreturn]] void list_readers() {
    for (const OutsideReader& reader : outside_readers()) fmt::print("{}\n", reader.name);
    std::exit(0);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
    if (*count == 2 && std::string_view((*arguments)[1]) == "--list") list_readers();
    const std::string name = value_of("--reader=", *count, *arguments);
    const auto readers = outside_readers();
    const auto found = std::ranges::find(readers, name, &OutsideReader::name);
    if (found == readers.end()) {
        fmt::print(stderr, "fuzz: no reader '{}', expected --reader=NAME; --list lists them\n", name);
        std::exit(2);
    }
    chosen = *found;
    if (const std::string folder = value_of("--seeds=", *count, *arguments); !folder.empty()) {
        write_seeds(*chosen, folder);
        std::exit(0);
    }
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try_reader(*chosen, std::as_bytes(std::span(data, size)));
    return 0;
}
