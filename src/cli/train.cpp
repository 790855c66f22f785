#include "cli/commands.h"
namespace inkling::cli { void add_train_command(CLI::App& app) { app.add_subcommand("train", "train"); } }
