#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cli/export.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/path_text.h"
#include "core/progress.h"
#include "deploy/onnx/onnx_file.h"
#include "deploy/quantized_network.h"
#include "train/evaluate.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// A quantized network and what that costs.
struct Quantized {
    QuantizedNetwork network;
    std::optional<double> accuracy = {};
    std::optional<double> before = {};  // in floats
    std::string untested = {};          // why these are not known
};

void measure(Quantized& quantized, const Dataset& test, const Exported& exported, const RunOptions& run) {
    Progress bar("test " + exported.path, test.size(), "images", run.quiet);
    const auto on_progress = [&](std::size_t done) {
        bar.update(done);
        if (interrupted()) throw Error(ExitStatus::kInterrupted, "stopped; no file was written");
    };
    quantized.before = evaluate(exported.model, test, on_progress).metrics.accuracy;
    quantized.accuracy = quantized_accuracy(quantized.network, test, on_progress);
    bar.clear();
}

std::optional<Quantized> quantize_where_asked(const Exported& exported, const ExportOptions& options) {
    if (options.quantize.empty() || !has_onnx()) return std::nullopt;
    if (!exported.record && options.data.folder.empty() && options.data.split.empty())
        throw wrong_usage(
            "--quantize takes images of the training part, and {} remembers none; name their folder "
            "with --data",
            exported.path);
    const Dataset training = load_part(exported, options, Part::kTrain);
    print_assumptions(training, options.run);
    Quantized quantized{.network = quantize(exported.model, training)};
    TestPart test = find_test_part(exported, options);
    quantized.untested = std::move(test.untested);
    if (test.data) measure(quantized, *test.data, exported, options.run);
    return quantized;
}

void add_to(ordered_json& json, const Quantized& quantized) {
    const auto optional = [](std::optional<double> value) {
        return value ? ordered_json(*value) : ordered_json(nullptr);
    };
    json["quantization"] = {
        {"kind", "int8"},
        {"calibration_images", quantized.network.calibrated_on},
        {"accuracy", optional(quantized.accuracy)},
        {"accuracy_before", optional(quantized.before)},
        {"untested", quantized.untested.empty() ? ordered_json(nullptr) : ordered_json(quantized.untested)}};
}

std::string described(const Quantized& quantized) {
    const std::string by = fmt::format("int8, by {} training images", quantized.network.calibrated_on);
    if (!quantized.before) return fmt::format("{}, not tested: {}", by, quantized.untested);
    return fmt::format("{}: it read {:.2f}% of the test part, {:+.3f} points to the {:.2f}% before", by,
                       100 * *quantized.accuracy, 100 * (*quantized.accuracy - *quantized.before),
                       100 * *quantized.before);
}

/// The card's path, relative to the ONNX file's folder.
std::string card_beside(const ExportOptions& options) {
    if (options.card.empty()) return {};
    return path_text(fs::proximate(options.card, fs::absolute(options.onnx).parent_path()));
}

}  // namespace

void export_onnx(std::span<const Exported> models, const ExportOptions& options) {
    const Exported& exported = models.front();
    if (!options.card.empty()) write_card(exported, options.card);
    const std::optional<Quantized> quantized = quantize_where_asked(exported, options);
    save_onnx(options.onnx, exported.model,
              {.bytes = options.bytes,
               .probabilities = options.probabilities,
               .fold = options.fold,
               .quantized = quantized ? &quantized->network : nullptr,
               .card = card_beside(options),
               .version = INKLING_VERSION});
    if (!options.run.json.empty()) {
        ordered_json json = file_json("onnx", options.onnx, exported);
        if (quantized) add_to(json, *quantized);
        options.run.write_json(json.dump(2) + "\n");
    }
    if (options.run.quiet) return;
    const Shape input = exported.model.recipe.network.input;
    const std::string& name = exported.model.recipe.name;
    fmt::print("{}: image (N, {}, {}, {}), {}, to logits (N, {}){}\n", name, input.channels, input.height, input.width,
               options.bytes ? "bytes 0 to 255" : "floats 0 to 1", exported.model.classes(),
               options.probabilities ? " and probabilities" : "");
    if (quantized) fmt::print("{}: {}\n", name, described(*quantized));
    print_written(options.onnx);
    if (!options.card.empty()) print_written(options.card);
}

}  // namespace inkling::cli
