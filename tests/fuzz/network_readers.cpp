#include <filesystem>

#include "core/files.h"
#include "deploy/state_dict.h"
#include "fuzz/readers.h"
#include "nn/parameter_layout.h"
#include "nn/safetensors.h"
#include "temporary_folder.h"
#include "train/history.h"
#include "train/model.h"
#include "train/recipe.h"

namespace inkling {
namespace {

constexpr const char* kNetwork = "[network]\nfamily = \"mlp\"\nhidden = [3]\nbatch_norm = true\n";

/// A file for those who read no bytes.
const std::filesystem::path& file_of(std::span<const std::byte> bytes) {
    static const TemporaryFolder folder;
    static const std::filesystem::path path = folder / "x";
    write_file(path, bytes);
    return path;
}

Model small_model() {
    Model model{.recipe = parse_recipe(kNetwork, "x"),
                .split = "toy",
                .class_names = {"0", "1"},
                .normalization = {0.1f, 0.3f},
                .shares = {0.25, 0.75},
                .prior = {0.5, 0.5},
                .temperature = 0.75,
                .sets = {{0.9, 0.25}},
                .strangeness = Strangeness{.whitening = {1, 0, 0, 1}, .centres = {1, 2}, .most = 9},
                .parameters = {},
                .statistics = {}};
    model.recipe.network.input = {1, 2, 2};
    const ParameterLayout layout = parameter_layout(model.recipe.network, model.classes());
    model.parameters.resize(layout.parameter_count, 0.5f);
    model.statistics.resize(layout.statistics_count, 1.0f);
    return model;
}

Bytes small_file() {
    const TemporaryFolder folder;
    save_model(folder / "x", small_model());
    return read_file(folder / "x");
}

void read_tensors(std::span<const std::byte> bytes) {
    const Safetensors file({bytes.begin(), bytes.end()}, "x");
    for (const std::string& name : file.names()) {
        std::size_t size = 1;
        for (const std::size_t extent : file.shape(name)) size *= extent;
        expect_reading(size <= bytes.size(), "more values than bytes");
        std::vector<float> values(size);
        file.read(name, values);
    }
}

std::vector<Bytes> model_seeds() { return {small_file()}; }

void read_model(std::span<const std::byte> bytes) {
    const Model model = load_model(file_of(bytes));
    const ParameterLayout layout = parameter_layout(model.recipe.network, model.classes());
    expect_reading(model.parameters.size() == layout.parameter_count, "parameters of another number");
    expect_reading(model.statistics.size() == layout.statistics_count, "statistics of another number");
}

void read_state_dict(std::span<const std::byte> bytes) {
    import_state_dict(file_of(bytes), {.recipe = small_model().recipe, .normalization = {}});
}

void read_history(std::span<const std::byte> bytes) {
    const auto history = parse_history(text_of(bytes), "x");
    const std::string written = history_csv(history);
    expect_reading(history_csv(parse_history(written, "x")) == written, "another history when written");
}

std::vector<Bytes> history_seeds() {
    const EpochRecord epoch{.epoch = 1, .learning_rate = 0.5, .train_loss = 1.25, .train_accuracy = 0.5};
    return {bytes_of(history_csv({&epoch, 1}))};
}

void read_training_recipe(std::span<const std::byte> bytes) {
    const std::string written = to_toml(parse_recipe(text_of(bytes), "x.toml"));
    expect_reading(to_toml(parse_recipe(written, "x.toml")) == written, "another recipe when written");
}

std::vector<Bytes> recipe_seeds() {
    std::vector<Bytes> files;
    for (const auto& entry : std::filesystem::directory_iterator(INKLING_RECIPES))
        if (entry.path().extension() == ".toml" && entry.path().stem() != "study") {
            files.push_back(read_file(entry.path()));
            files.push_back(bytes_of(to_toml(read_recipe(entry.path()))));
        }
    return files;
}

void read_override(std::span<const std::byte> bytes) {
    const std::string override_text = text_of(bytes);
    parse_recipe(kNetwork, "x.toml", {&override_text, 1});
}

std::vector<Bytes> override_seeds() {
    std::vector<Bytes> files;
    for (const char* text : {"optimizer.kind=sgd", "optimizer.betas=[0.9, 0.99]", "network.layers=[{type=\"flatten\"}]",
                             "network.hidden=[5]", "training.prior=[1, 2]"})
        files.push_back(bytes_of(text));
    return files;
}

}  // namespace

std::vector<OutsideReader> network_readers() {
    return {{"tensors", ExitStatus::kData, read_tensors, model_seeds},
            {"model", ExitStatus::kData, read_model, model_seeds},
            {"state-dict", ExitStatus::kData, read_state_dict, model_seeds},
            {"history", ExitStatus::kData, read_history, history_seeds},
            {"recipe", ExitStatus::kUsage, read_training_recipe, recipe_seeds},
            {"override", ExitStatus::kUsage, read_override, override_seeds}};
}

}  // namespace inkling
