#include <cstdlib>

#include "cli/commands.h"
#include "core/files.h"
#include "core/threads.h"

namespace inkling::cli {

void DataOptions::add_to(const Command& command, const std::string& default_split) {
    split = default_split;
    command.text("--data", folder, "DIR", "Folder with EMNIST's IDX files [$INKLING_DATA, else the cache]");
    command.text("--split", split, "NAME", "Split to use");
}

std::filesystem::path DataOptions::resolved_folder() const {
    if (!folder.empty()) return folder;
    if (const char* data = std::getenv("INKLING_DATA"); data != nullptr && *data != '\0') return data;
    return cache_folder();
}

void RunOptions::add_to(const Command& command) {
    command.integer("--threads", threads, 1, 1024, "Threads to work with [all processors]");
    command.text("--json", json, "FILE", "Write the result for machines to FILE");
    command.flag("--quiet", quiet, "Print nothing but errors");
}

void RunOptions::apply() const {
    if (threads > 0) set_thread_count(threads);
}

}  // namespace inkling::cli
