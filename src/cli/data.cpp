#include "cli/commands.h"
namespace inkling::cli { void add_data_command(CLI::App& app) { app.add_subcommand("data", "Shows and fetches data sets"); } }
