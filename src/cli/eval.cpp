#include "cli/commands.h"
namespace inkling::cli { void add_eval_command(CLI::App& app) { app.add_subcommand("eval", "eval"); } }
