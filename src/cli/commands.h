#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "data/dataset.h"

namespace inkling {
struct FetchOptions;
}

namespace inkling::cli {

// Each adds one subcommand with its options, its help and an example; it runs when the command line names it.
void add_data_command(const Command& program);
void add_train_command(const Command& program);
void add_eval_command(const Command& program);
void add_predict_command(const Command& program);
void add_audit_command(const Command& program);
void add_report_command(const Command& program);
void add_study_command(const Command& program);
void add_export_command(const Command& program);
void add_import_command(const Command& program);
void add_serve_command(const Command& program);
void add_bench_command(const Command& program);

/// Options that several subcommands share, under the same names everywhere.
struct DataOptions {
    std::string folder;            // --data; empty: $INKLING_DATA, else the cache
    std::string split;             // --split; empty: see chosen_split()
    std::string orientation = {};  // --orientation; empty: as a run recorded, else as load_dataset() finds it
    /// Adds --data, --split and --orientation.
    void add_to(const Command& command);
    void add_orientation(const Command& command);
    /// The folder to read from: --data, else none for split synthetic, else $INKLING_DATA, else the cache.
    std::filesystem::path resolved_folder() const;
    /// --split, else the only split of a named folder, else balanced.
    std::string chosen_split() const;
    /// --data, else $INKLING_DATA; empty where neither is there.
    std::filesystem::path named_folder() const;
    /// --data, else the folder that a run recorded for its split. No folder where --split asks for synthetic images,
    /// the usual one where it asks for others than those that a run made in memory.
    std::filesystem::path folder_or(const std::filesystem::path& recorded, const std::string& recorded_split) const;
    /// --orientation; else, of the split that a run recorded, what it recorded.
    std::optional<Orientation> stored_or(std::optional<Orientation> recorded, const std::string& recorded_split) const;
    /// --orientation.
    std::optional<Orientation> stored() const;
};

/// Fetches a split and prints what came and which source served.
void fetch_and_tell(const FetchOptions& options);

struct RunOptions {
    int threads = 0;     // --threads; 0: default_thread_count()
    bool quiet = false;  // --quiet
    std::string json;    // --json FILE: the result for machines
    /// Adds --threads, --quiet and --json.
    void add_to(const Command& command);
    /// Makes --threads hold for the calling thread, and starts them. Throws Error (failed), also where --json could not
    /// be written in the end.
    void apply() const;
    /// Writes what --json asks for, in a folder that need not be there. Throws Error (failed).
    void write_json(const std::string& text) const;
};

/// Prints what was guessed to read the data, if anything was, before all else that a command prints.
void print_assumptions(const Dataset& data, const RunOptions& run);

/// Says so where bf16 gains no time here.
void print_bf16_note(bool wants_bf16, const RunOptions& run);

}  // namespace inkling::cli
