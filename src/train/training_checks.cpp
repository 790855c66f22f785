#include "train/training_checks.h"

#include <algorithm>

#include "core/error.h"

namespace inkling {
namespace {

void check_image_shape(const NetworkSpec& network, const Dataset& data) {
    const Shape input = network.input;
    if (input != data.shape)
        throw wrong_usage("the network takes images of {}x{}x{}, but those of split {} are {}x{}x{}; set network.input",
                          input.channels, input.height, input.width, data.split, data.shape.channels, data.shape.height,
                          data.shape.width);
}

/// The first layer with a batch norm that gets one value a channel of each image; null where there is none. `shape` is
/// that of the first layer's input, and then of the last one's output.
const LayerSpec* single_value_norm(const std::vector<LayerSpec>& layers, Shape& shape) {
    for (const LayerSpec& layer : layers) {
        const Shape output = output_shape(layer, shape);
        if (std::holds_alternative<BatchNormSpec>(layer.kind) && shape.pixels() == 1) return &layer;
        if (const auto* residual = std::get_if<ResidualSpec>(&layer.kind)) {
            Shape inner = shape;
            if (const LayerSpec* found = single_value_norm(residual->body, inner)) return found;
            // A shortcut ends with a batch norm of its own.
            if (shape != output && output.pixels() == 1) return &layer;
        }
        shape = output;
    }
    return nullptr;
}

void check_batch_norms(const Recipe& recipe, const Holdout& holdout) {
    if (step_images(recipe, holdout) > 1) return;
    Shape shape = recipe.network.input;
    const LayerSpec* const norm = single_value_norm(recipe.network.layers, shape);
    if (norm == nullptr) return;
    const bool asked = recipe.training.batch_size == 1;
    throw wrong_usage(
        "{}{}batch norm has one value a channel of a batch of one image, and no spread to norm it by; {}, "
        "or leave out batch norms behind dense layers (network.batch_norm or dense_batch_norm = false)",
        norm->origin, norm->origin.empty() ? "" : ": ",
        asked ? "set training.batch_size to 2 or more" : "learn from more images");
}

}  // namespace

int step_images(const Recipe& recipe, const Holdout& holdout) {
    if (holdout.train.empty()) throw wrong_usage("there are no samples to train on");
    return static_cast<int>(
        std::min<std::size_t>(static_cast<std::size_t>(recipe.training.batch_size), holdout.train.size()));
}

void require_validation(const std::string& what, const TrainingSpec& training, const Holdout& holdout) {
    if (!holdout.validation.empty()) return;
    if (training.validation_fraction == 0)
        throw wrong_usage("{} needs a validation part; set training.validation_fraction above 0", what);
    throw wrong_usage(
        "{} needs a validation part, but training.validation_fraction is {}, which of no class's images is one; raise "
        "it, or take more images",
        what, training.validation_fraction);
}

void check_training(const Recipe& recipe, const Dataset& data, const Holdout& holdout) {
    check_image_shape(recipe.network, data);
    const TrainingSpec& training = recipe.training;
    if (training.early_stopping.patience > 0) require_validation("early stopping", training, holdout);
    if (training.schedule.kind == ScheduleKind::kReduceOnPlateau)
        require_validation("reduce_on_plateau", training, holdout);
    check_batch_norms(recipe, holdout);
}

}  // namespace inkling
