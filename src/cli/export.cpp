#include "cli/export.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/outputs.h"
#include "core/error.h"
#include "core/files.h"
#include "core/interrupt.h"
#include "core/path_text.h"
#include "deploy/code/source_file.h"
#include "deploy/torch_module.h"
#include "report/model_card.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// A form that a network is exported in.
struct Form {
    const char* option;
    std::string ExportOptions::*file;
    void (*write)(std::span<const Exported> models, const ExportOptions& options);
    bool takes_several = false;       // networks
    bool takes_weights = false;       // --weights
    bool takes_onnx_options = false;  // --bytes, --probabilities, --fold, --quantize
};

void export_header(std::span<const Exported> models, const ExportOptions& options);
void export_c(std::span<const Exported> models, const ExportOptions& options);
void export_torch(std::span<const Exported> models, const ExportOptions& options);
void export_card(std::span<const Exported> models, const ExportOptions& options);

constexpr std::array kForms{
    Form{.option = "--page",
         .file = &ExportOptions::page,
         .write = export_page,
         .takes_several = true,
         .takes_weights = true},
    Form{.option = "--onnx", .file = &ExportOptions::onnx, .write = export_onnx, .takes_onnx_options = true},
    Form{.option = "--header", .file = &ExportOptions::header, .write = export_header, .takes_weights = true},
    Form{.option = "--c", .file = &ExportOptions::c, .write = export_c, .takes_weights = true},
    Form{.option = "--torch", .file = &ExportOptions::torch, .write = export_torch},
    Form{.option = "--card", .file = &ExportOptions::card, .write = export_card},
};

Exported load_exported(const std::string& path) {
    if (!fs::is_directory(path)) return {.path = path, .model = load_model(path)};
    const RunFolder run{path};
    check_finished(run);
    return {.path = path, .model = load_model(run.model()), .record = read_record(run)};
}

void write_json(const char* form, const std::string& file, const Exported& exported, const RunOptions& run) {
    if (!run.json.empty()) run.write_json(file_json(form, file, exported).dump(2) + "\n");
}

void export_code(const Exported& exported, const std::string& file, CodeLanguage language,
                 const ExportOptions& options) {
    const Model& model = exported.model;
    const CodeNeeds needs = save_source(file, model, language, options.weight_format(), INKLING_VERSION);
    write_json(language == CodeLanguage::kC99 ? "c" : "header", file, exported, options.run);
    if (options.run.quiet) return;
    const auto operations = static_cast<double>(count_operations(model.recipe.network, model.classes()).forward);
    fmt::print(
        "{}: weights of {} bits, {:.2f} MB of constants, {:.2f} MB of memory to work in, {:.1f} million operations an "
        "image\n",
        model.recipe.name, weight_bits(options.weight_format()), static_cast<double>(needs.constant_bytes) / 1e6,
        static_cast<double>(needs.work_bytes) / 1e6, operations / 1e6);
    print_written(file);
}

void export_header(std::span<const Exported> models, const ExportOptions& options) {
    export_code(models.front(), options.header, CodeLanguage::kCpp17, options);
}

void export_c(std::span<const Exported> models, const ExportOptions& options) {
    export_code(models.front(), options.c, CodeLanguage::kC99, options);
}

void export_torch(std::span<const Exported> models, const ExportOptions& options) {
    const Exported& exported = models.front();
    save_torch_module(options.torch, exported.model, INKLING_VERSION);
    write_json("torch", options.torch, exported, options.run);
    if (options.run.quiet) return;
    const fs::path weights = exported.record ? RunFolder{exported.path}.model() : fs::path(exported.path);
    fmt::print("{}: load(\"{}\") gives the network\n", exported.model.recipe.name, weights.string());
    print_written(options.torch);
}

void export_card(std::span<const Exported> models, const ExportOptions& options) {
    const Exported& exported = models.front();
    write_card(exported, options.card);
    write_json("card", options.card, exported, options.run);
    if (!options.run.quiet) print_written(options.card);
}

const Form& asked_form(const ExportOptions& options) {
    const Form* asked = nullptr;
    for (const Form& form : kForms) {
        if ((options.*form.file).empty()) continue;
        if (form.file == &ExportOptions::card && !options.onnx.empty()) continue;  // goes with it
        if (asked != nullptr)
            throw wrong_usage("{} and {} in one command, expected one form; give one command for each", asked->option,
                              form.option);
        asked = &form;
    }
    if (asked == nullptr)
        throw wrong_usage(
            "export: no form was named; name one and its file: --page, --onnx, --header, --c, --torch or --card");
    if (!asked->takes_several && options.models.size() > 1)
        throw wrong_usage("{} takes one network, found {}; only --page takes several", asked->option,
                          options.models.size());
    if (!asked->takes_onnx_options &&
        (options.bytes || options.probabilities || options.fold || !options.quantize.empty()))
        throw wrong_usage("--bytes, --probabilities, --fold and --quantize go with --onnx, found {}", asked->option);
    if (!asked->takes_weights && options.weights != "auto")
        throw wrong_usage("--weights {} goes with --page, --header or --c, found {}", options.weights, asked->option);
    return *asked;
}

void run_export(const ExportOptions& options) {
    catch_interrupts();
    const Form& form = asked_form(options);
    options.run.apply();
    // Before networks are tested for it.
    const std::string& file = options.*form.file;
    std::vector<fs::path> inputs;
    for (const std::string& model : options.models)
        std::ranges::move(files_of_network(model), std::back_inserter(inputs));
    check_outputs({{form.option, file},
                   {"--card", form.file == &ExportOptions::card ? "" : options.card},
                   {"--json", options.run.json}},
                  inputs);
    if (const fs::path folder = fs::absolute(file).parent_path(); ::access(folder.c_str(), W_OK) != 0)
        throw failed("{}: {} cannot be written ({}); choose another file with {}", file, folder.string(),
                     std::strerror(errno), form.option);
    std::vector<Exported> models;
    models.reserve(options.models.size());
    for (const std::string& path : options.models) models.push_back(load_exported(path));
    form.write(models, options);
}

}  // namespace

void write_card(const Exported& exported, const std::string& file) {
    if (!exported.record) throw wrong_usage("{}: a card is of a run's record, expected a run's folder", exported.path);
    write_file(file, model_card(RunFolder{exported.path}, INKLING_VERSION));
}

ordered_json file_json(const char* form, const std::string& file, const Exported& exported) {
    return {{form, path_text(file)},
            {"bytes", fs::file_size(file)},
            {"network", exported.model.recipe.name},
            {"classes", exported.model.classes()},
            {"parameters", exported.model.parameters.size()}};
}

WeightFormat ExportOptions::weight_format() const {
    if (weights == "16") return WeightFormat::kFloat16;
    if (weights == "8") return WeightFormat::kInt8;
    return weights == "32" || page.empty() ? WeightFormat::kFloat32 : WeightFormat::kInt8;
}

void print_written(const std::string& path) {
    const auto bytes = static_cast<double>(fs::file_size(path));
    fmt::print("written: {}, {}\n", path,
               bytes < 1e4 ? fmt::format("{:.1f} kB", bytes / 1e3) : fmt::format("{:.2f} MB", bytes / 1e6));
}

void add_export_command(const Command& program) {
    auto options = std::make_shared<ExportOptions>();
    const Command command =
        program.command("export", "Writes trained networks in forms that need nothing of this program");
    command.texts("models", options->models, "MODEL", "Folders of finished runs, or files model.safetensors");
    command.require("models");
    command.text("--page", options->page, "FILE.html", "Page to write on by hand, that the networks read");
    command.choice("--weights", options->weights, {"auto", "8", "16", "32"},
                   "Bits of each weight; auto: in code 32, on a page 8, but 16 where 8 read more than 0.05 points less "
                   "of the test part");
    command.text("--data", options->data.folder, "DIR",
                 "Folder with the images to measure and quantize by [the run's]");
    command.text("--split", options->data.split, "NAME", "Split to measure and quantize by [the network's]");
    options->data.add_orientation(command);
    command.text("--onnx", options->onnx, "FILE.onnx", "ONNX, opset 17: image (N, 1, 28, 28) to logits (N, classes)");
    command.flag("--bytes", options->bytes, "ONNX: the image is bytes from 0 to 255, not floats from 0 to 1");
    command.flag("--probabilities", options->probabilities, "ONNX: probabilities (N, classes) beside the logits");
    command.flag("--fold", options->fold, "ONNX: batch norms worked into the layers before them");
    command.choice("--quantize", options->quantize, {"int8"},
                   "ONNX: arithmetic in 8 bits, by what training images show of the values between layers");
    command.text("--header", options->header, "FILE.h", "C++17 header that needs no library: inkling_model::predict()");
    command.text("--c", options->c, "FILE.c", "C99 file that needs no library: inkling_model_predict()");
    command.text("--torch", options->torch, "FILE.py", "PyTorch module, which loads the network's model.safetensors");
    command.text("--card", options->card, "FILE.md",
                 "Model card in Markdown, by a run's record; with --onnx, whose metadata name it");
    options->run.add_to(command);
    command.footer(
        "The page is one file with the networks in it. It opens in any browser of 2023 or later, from a disk or a "
        "server,\n"
        "with or without a network, and reads what one writes with mouse, pen or finger. In ONNX's form, for "
        "runtimes,\n"
        "images are upright, ink bright on black; normalisation and temperature are inside, class names in the "
        "metadata.\n"
        "Headers and C files read 28 x 28 bytes, call no library and take no memory from the system.\n\n"
        "Examples:\n"
        "  inkling export runs/cnn-0 --page cnn.html\n"
        "  inkling export runs/mlp-0 runs/cnn-0 --page write.html --data ~/emnist\n"
        "  inkling export runs/cnn-0 --onnx cnn.onnx --bytes --probabilities --fold\n"
        "  inkling export runs/cnn-0 --onnx cnn-int8.onnx --quantize int8\n"
        "  inkling export runs/cnn-0 --header cnn.h\n"
        "  inkling export runs/mlp-0 --c mlp.c --weights 8\n"
        "  inkling export runs/cnn-0 --torch cnn.py\n"
        "  inkling export runs/cnn-0 --card cnn.md\n"
        "  inkling export runs/cnn-0 --onnx cnn.onnx --card cnn.md");
    command.action([options] { run_export(*options); });
}

}  // namespace inkling::cli
