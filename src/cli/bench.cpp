#include "cli/commands.h"
namespace inkling::cli { void add_bench_command(CLI::App& app) { app.add_subcommand("bench", "bench"); } }
