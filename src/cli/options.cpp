#include <cstdlib>

#include "cli/commands.h"
#include "core/cache_folder.h"
#include "core/threads.h"
#include "data/synthetic.h"

namespace inkling::cli {

void DataOptions::add_to(const Command& command, const std::string& default_split) {
    split = default_split;
    command.text("--data", folder, "DIR", "Folder with EMNIST's IDX files [$INKLING_DATA, else the cache]");
    command.text("--split", split, "NAME", "Split to use; synthetic is made in memory");
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

void RunOptions::add_to(const Command& command) {
    command.integer("--threads", threads, 1, 1024, "Threads to work with [all processors]");
    command.text("--json", json, "FILE", "Write the result for machines to FILE");
    command.flag("--quiet", quiet, "Print nothing but errors");
}

void RunOptions::apply() const {
    if (threads > 0) set_thread_count(threads);
    start_threads();
}

}  // namespace inkling::cli
