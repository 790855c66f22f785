#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "cli/commands.h"
#include "core/cache_folder.h"
#include "core/files.h"
#include "core/threads.h"
#include "data/synthetic.h"
#include "formats/find_data.h"
#include "nn/processor.h"

namespace inkling::cli {

void DataOptions::add_to(const Command& command) {
    command.text("--data", folder, "DIR",
                 "Folder or file with data: IDX, CSV, MATLAB, NumPy, a folder of pictures for each class "
                 "[$INKLING_DATA, else the cache]");
    command.text("--split", split, "NAME",
                 "Split to use; synthetic is made in memory [the only one of a named folder, else balanced]");
    add_orientation(command);
}

void DataOptions::add_orientation(const Command& command) {
    command.choice("--orientation", orientation,
                   {orientation_name(Orientation::kUpright), orientation_name(Orientation::kTransposed)},
                   "How the files store images: row by row, or column by column as EMNIST does [the run's, else "
                   "transposed for official splits, else as the ink tells]");
}

std::string DataOptions::chosen_split() const {
    const std::filesystem::path named = named_folder();
    if (!split.empty() || named.empty()) return split.empty() ? kUsualSplit : split;
    return find_data({.folder = named, .split = {}, .cache = {}}).split;
}

std::filesystem::path DataOptions::named_folder() const {
    if (!folder.empty()) return folder;
    const char* data = std::getenv("INKLING_DATA");
    return data != nullptr ? data : "";
}

std::filesystem::path DataOptions::resolved_folder() const {
    if (folder.empty() && split == kSyntheticSplit) return {};
    const std::filesystem::path named = named_folder();
    return named.empty() ? cache_folder() : named;
}

std::filesystem::path DataOptions::folder_or(const std::filesystem::path& recorded,
                                             const std::string& recorded_split) const {
    const bool as_recorded = split.empty() || split == recorded_split;
    if (folder.empty() && (as_recorded || (!recorded.empty() && split != kSyntheticSplit))) return recorded;
    return resolved_folder();
}

std::optional<Orientation> DataOptions::stored() const { return find_orientation(orientation); }

std::optional<Orientation> DataOptions::stored_or(std::optional<Orientation> recorded,
                                                  const std::string& recorded_split) const {
    if (stored()) return stored();
    return split.empty() || split == recorded_split ? recorded : std::nullopt;
}

void RunOptions::add_to(const Command& command) {
    command.integer("--threads", threads, 1, 1024,
                    "Threads to work with [$OMP_NUM_THREADS, else one a core that affinity and quotas allow]");
    command.text("--json", json, "FILE", "Write the result for machines to FILE");
    command.flag("--quiet", quiet, "Print nothing but errors and warnings");
}

void RunOptions::apply() const {
    if (!json.empty()) check_can_write(json);
    if (threads > 0) set_thread_count(threads);
    start_threads();
}

void RunOptions::write_json(const std::string& text) const {
    make_folder(std::filesystem::absolute(json).parent_path());
    write_file(json, text);
}

void print_assumptions(const Dataset& data, const RunOptions& run) {
    const std::string assumptions = describe_assumptions(data);
    if (run.quiet || assumptions.empty()) return;
    fmt::print("{}\n", assumptions);
    std::fflush(stdout);
}

void print_bf16_note(bool wants_bf16, const RunOptions& run) {
    if (run.quiet || !wants_bf16 || runs_natively(Precision::kBfloat16)) return;
    fmt::print("note: no AVX-512 BF16 here: bf16 is multiplied in fp32, and takes about as long\n");
    std::fflush(stdout);
}

}  // namespace inkling::cli
