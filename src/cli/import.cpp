#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/recipes.h"
#include "deploy/state_dict.h"

namespace inkling::cli {
namespace {

struct ImportOptions {
    std::string file;
    std::string recipe;
    std::string split;
    std::string out;
    double mean = 0;
    double deviation = 1;
    bool quiet = false;
};

void run_import(const ImportOptions& options) {
    const std::vector<std::filesystem::path> inputs{options.file, options.recipe};
    check_outputs({{"--out", options.out}}, inputs);
    const Model model = import_state_dict(
        options.file, {.recipe = read_recipe(find_recipe(options.recipe)),
                       .split = options.split,
                       .normalization = {static_cast<float>(options.mean), static_cast<float>(options.deviation)}});
    save_model(options.out, model);
    if (options.quiet) return;
    fmt::print("{}: {} parameters, {} classes\nwritten: {}\n", model.recipe.name, model.parameters.size(),
               model.classes(), options.out);
}

}  // namespace

void add_import_command(const Command& program) {
    auto options = std::make_shared<ImportOptions>();
    const Command command = program.command("import", "Takes in a network that was trained in PyTorch");
    command.text("file", options->file, "FILE.safetensors", "State dict, as the package safetensors saves it");
    command.require("file");
    command.text("--recipe", options->recipe, "RECIPE", "Recipe with the same network: a file or a name");
    command.require("--recipe");
    command.text("--out", options->out, "FILE.safetensors", "Model to write: for export, and for train --init-from");
    command.require("--out");
    command.text("--split", options->split, "NAME", "Official split whose classes it reads [classes are numbered]");
    command.number("--mean", options->mean, -1e6, 1e6, "X", "What was taken from pixels of 0 to 1 before");
    command.number("--deviation", options->deviation, 1e-6, 1e6, "X", "What they were divided by after that");
    command.flag("--quiet", options->quiet, "Print nothing but errors and warnings");
    command.footer(
        "Tensors have PyTorch's names for a Sequential of the recipe's layers, as 'inkling export --torch' writes it,\n"
        "whatever all names begin with (\"module.\", \"model.\").\n\n"
        "Example:\n"
        "  inkling import trained.safetensors --recipe cnn --split balanced --mean 0.17 --deviation 0.33 --out "
        "cnn.safetensors");
    command.action([options] { run_import(*options); });
}

}  // namespace inkling::cli
