#include "cli/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "core/error.h"
#include "core/folder_lock.h"
#include "core/path_text.h"
#include "data/split_writer.h"
#include "formats/load_dataset.h"
#include "formats/split_files.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct ConvertOptions {
    std::string from;
    std::string to;
    DataOptions data;  // split and orientation
    RunOptions run;
};

std::vector<std::string> splits_of(const ConvertOptions& options) {
    if (!options.data.split.empty()) return {options.data.split};
    std::vector<std::string> names;
    for (const SplitFiles& split : find_splits(options.from)) names.push_back(split.name);
    // What there is no data in is told as by all other commands.
    if (names.empty()) names.push_back(find_split(options.from, "balanced").name);
    return names;
}

void convert(const ConvertOptions& options) {
    options.run.apply();
    std::error_code unknown;
    if (fs::equivalent(options.from, options.to, unknown))
        throw wrong_usage("{}: is what is converted, expected another folder to write to", options.to);
    const std::vector<std::string> splits = splits_of(options);
    const FolderLock claim(options.to);
    for (const std::string& split : splits)
        for (const Part part : parts_of(options.from, split)) check_can_write_part(options.to, split, part);
    Json result = {{"folder", path_text(options.to)}, {"splits", Json::array()}};
    for (const std::string& split : splits) {
        Json parts = Json::object();
        for (const Dataset& part :
             load_parts(options.from, split, parts_of(options.from, split), options.data.stored())) {
            if (parts.empty()) print_assumptions(part, options.run);
            const std::vector<fs::path> paths = write_part(options.to, part);
            parts[part_name(part.part)] = part.size();
            if (!options.run.quiet)
                fmt::print("{} {}: {} images of {} classes in {}\n", split, part_name(part.part), part.size(),
                           part.classes(), paths.front().string());
        }
        result["splits"].push_back({{"split", split}, {"images", parts}});
    }
    if (!options.run.json.empty()) options.run.write_json(result.dump(2) + "\n");
}

}  // namespace

void add_convert(const Command& data) {
    const Command command = data.command("convert", "Writes data of any kind that is read as EMNIST's files are");
    const auto options = std::make_shared<ConvertOptions>();
    command.text("FROM", options->from, "FROM",
                 "Folder or file: IDX, CSV, MATLAB, NumPy, a folder of pictures for each class");
    command.text("TO", options->to, "TO", "Folder to write to");
    command.require("FROM");
    command.require("TO");
    command.text("--split", options->data.split, "NAME", "Split to write [all that are there]");
    options->data.add_orientation(command);
    options->run.add_to(command);
    command.footer(
        "Writers are kept where they are known, and so are the names of classes.\n\n"
        "Examples:\n"
        "  inkling data convert emnist-balanced.mat balanced\n"
        "  inkling data convert my-pictures mine && inkling train mlp --data mine");
    command.action([options] { convert(*options); });
}

}  // namespace inkling::cli
