#include "train/training_checks.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "nn/exchange.h"
#include "train/schedule.h"

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

const LayerSpec* single_value_norm(const NetworkSpec& network) {
    Shape shape = network.input;
    return single_value_norm(network.layers, shape);
}

void check_batch_norms(const Recipe& recipe, const Holdout& holdout) {
    if (step_images(recipe, holdout) > 1) return;
    const LayerSpec* const norm = single_value_norm(recipe.network);
    if (norm == nullptr) return;
    const bool asked = recipe.training.batch_size == 1;
    throw wrong_usage(
        "{}{}batch norm has one value a channel of a batch of one image, and no spread to norm it by; {}, "
        "or leave out batch norms behind dense layers (network.batch_norm or dense_batch_norm = false)",
        norm->origin, norm->origin.empty() ? "" : ": ",
        asked ? "set training.batch_size to 2 or more" : "learn from more images");
}

/// Why there is no validation part, and what to do.
std::string lack_of_validation(double fraction, const Dataset& data, const Holdout& holdout) {
    std::vector<std::size_t> histogram(data.class_names.size());
    for (const std::uint32_t sample : holdout.train) ++histogram[data.labels[sample]];
    const std::size_t most = *std::max_element(histogram.begin(), histogram.end());
    if (most < 2) return "no class has two images, one to learn from and one to judge by; take more images";
    // What stratified_holdout() rounds to one image; in two digits, which are easily typed.
    const double least = std::ceil(50.0 / static_cast<double>(most)) / 100;
    return fmt::format(
        "training.validation_fraction = {} of {} images, as many as the largest class has, comes to none; set it to {} "
        "or more",
        fraction, most, least);
}

}  // namespace

int step_images(const Recipe& recipe, const Holdout& holdout) {
    if (holdout.train.empty()) throw wrong_usage("there are no samples to train on");
    return static_cast<int>(
        std::min<std::size_t>(static_cast<std::size_t>(recipe.training.batch_size), holdout.train.size()));
}

void require_validation(const std::string& what, const TrainingSpec& training, const Dataset& data,
                        const Holdout& holdout) {
    if (holdout.validation.empty())
        throw wrong_usage("{} needs a validation part, but {}", what,
                          lack_of_validation(training.validation_fraction, data, holdout));
}

void check_sharing(const Recipe& recipe, const Holdout& holdout, int processes, bool reproducible) {
    const int batch = step_images(recipe, holdout);
    const int slices = slice_count(batch);
    const bool by_process = !recipe.training.sync_batch_norm;
    if (reproducible && by_process)
        throw wrong_usage(
            "training.sync_batch_norm = false norms by what each process has of a batch, which depends on their number "
            "and cannot be reproducible; leave out --reproducible, or set training.sync_batch_norm to true");
    if (reproducible && slices % processes != 0)
        throw wrong_usage(
            "a batch of {} images is summed up in {} slices where that must be reproducible, which {} processes cannot "
            "share equally; start a number of processes that divides {}, or set training.batch_size to a multiple of a "
            "larger power of 2",
            batch, slices, processes, slices);
    if (batch % processes != 0)
        throw wrong_usage(
            "a batch of {} images cannot be shared equally by {} processes; set training.batch_size to a multiple of "
            "{}, or start another number of processes",
            batch, processes, processes);
    if (by_process && processes > 1 && batch == processes && single_value_norm(recipe.network) != nullptr)
        throw wrong_usage(
            "training.sync_batch_norm = false: of a batch of {} images each of {} processes norms one, which has one "
            "value a channel and no spread to norm it by; set training.batch_size to {} or more, or "
            "training.sync_batch_norm to true",
            batch, processes, 2 * processes);
}

void require_classes(const Dataset& data) {
    if (data.classes() < 2)
        throw bad_data(
            "split {}: all images are of one class, {}, but a network needs two or more to tell apart; take a split "
            "with more classes",
            data.split, data.class_names.front());
}

void check_training(const Recipe& recipe, const Dataset& data, const Holdout& holdout) {
    require_classes(data);
    check_image_shape(recipe.network, data);
    const TrainingSpec& training = recipe.training;
    const std::size_t shares = training.prior.shares.size();
    if (shares > 0 && shares != static_cast<std::size_t>(data.classes()))
        throw wrong_usage("training.prior has {} values, expected one for each of the {} classes of split {}", shares,
                          data.classes(), data.split);
    if (training.calibrate) require_validation("training.calibrate", training, data, holdout);
    if (training.early_stopping.patience > 0) require_validation("early stopping", training, data, holdout);
    if (watches_validation(training.schedule.kind))
        require_validation(name_of(training.schedule.kind), training, data, holdout);
    check_batch_norms(recipe, holdout);
}

}  // namespace inkling
