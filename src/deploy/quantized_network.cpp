#include "deploy/quantized_network.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/threads.h"
#include "deploy/run_layers.h"
#include "train/metrics.h"

namespace inkling {
namespace {

constexpr double kMostSteps = 255;
constexpr double kLargestWeight = 127;
constexpr double kLargestBias = 1 << 30;  // leaves as much of 32 bits for what a row adds to it
constexpr double kLargestSum = std::numeric_limits<std::int32_t>::max();

/// The least and largest value that were seen, and 0, which padding and activations need exactly.
struct ValueRange {
    double least = 0;
    double largest = 0;

    void include(const ValueRange& other) {
        least = std::min(least, other.least);
        largest = std::max(largest, other.largest);
    }

    ByteGrid grid() const {
        const auto scale = static_cast<float>((largest - least) / kMostSteps);
        if (scale < std::numeric_limits<float>::min()) return {};
        return {scale, static_cast<std::uint8_t>(std::clamp(std::nearbyint(-least / scale), 0.0, kMostSteps))};
    }
};

using Ranges = std::map<std::string, ValueRange>;  // of layers' outputs, by name

ValueRange range_of(std::span<const Together> values) {
    ValueRange range;
    for (const Together& each : values) {
        const auto [least, largest] = std::ranges::minmax(each);
        range.include({least, largest});
    }
    return range;
}

/// So many images, evenly spread over a data set, as those of a folder are sorted by class.
std::vector<std::uint8_t> spread_images(const Dataset& data, std::size_t count) {
    std::vector<std::uint8_t> images;
    for (std::size_t i = 0; i < count; ++i) {
        const auto image = data.image(i * data.size() / count);
        images.insert(images.end(), image.begin(), image.end());
    }
    return images;
}

/// Calls run(batch, values) for the images, kTogether at a time, side by side.
template <class Run>
void for_each_batch(std::span<const std::uint8_t> images, std::size_t pixels, const Normalization& normalization,
                    Run run) {
    const std::size_t count = images.size() / pixels;
    run_tasks((count + kTogether - 1) / kTogether, [&](std::size_t batch, int) {
        const std::size_t first = batch * kTogether;
        const auto part = images.subspan(first * pixels, std::min(kTogether, count - first) * pixels);
        run(batch, normalized_together(part, pixels, normalization));
    });
}

Ranges seen_ranges(std::span<const InferenceLayer> layers, std::span<const std::uint8_t> images, std::size_t pixels,
                   const Normalization& normalization) {
    std::vector<Ranges> seen((images.size() / pixels + kTogether - 1) / kTogether);
    for_each_batch(images, pixels, normalization, [&](std::size_t batch, std::vector<Together> values) {
        run_layers(layers, std::move(values), [&](const InferenceLayer& layer, std::span<const Together> output) {
            seen[batch][layer.name] = range_of(output);
        });
    });
    Ranges together;
    for (const Ranges& ranges : seen)
        for (const auto& [name, range] : ranges) together[name].include(range);
    return together;
}

class Quantizer {
  public:
    Quantizer(QuantizedNetwork& network, const Ranges& ranges) : network_(network), ranges_(ranges) {}

    /// Gives the layers grids and whole numbers. `grid` is that of what the first one reads.
    void sequence(std::span<InferenceLayer> layers, ByteGrid grid, bool ends_in_logits) {
        for (std::size_t i = 0; i < layers.size(); ++i) {
            InferenceLayer& layer = layers[i];
            const bool last = i + 1 == layers.size();
            std::visit([&](const auto& kind) { quantize(kind, layer, grid); }, layer.kind);
            if (last ? ends_in_logits : std::holds_alternative<ActivationSpec>(layers[i + 1].kind)) continue;
            if (!keeps_values(layer)) grid = ranges_.at(layer.name).grid();
            if (!std::isfinite(grid.scale))
                throw failed(
                    "layer {}: its values are no finite numbers, which int8 cannot hold; export the network "
                    "without --quantize",
                    layer.name);
            layer.grid = grid;
        }
    }

  private:
    /// Whether it makes nothing but values that it read.
    static bool keeps_values(const InferenceLayer& layer) {
        return std::holds_alternative<MaxPool2dSpec>(layer.kind) || std::holds_alternative<FlattenSpec>(layer.kind) ||
               std::holds_alternative<DropoutSpec>(layer.kind);
    }

    template <class Kind>
    void quantize(const Kind&, InferenceLayer& layer, const ByteGrid& input) {
        if constexpr (Kind::kHasWeights) make_whole(layer.sums[0], input);
    }
    void quantize(const ResidualSpec&, InferenceLayer& layer, const ByteGrid& input) {
        sequence(layer.body, input, false);
        sequence(layer.shortcut, input, false);
    }

    void make_whole(WeightedSums& sums, const ByteGrid& input) {
        std::vector<float> whole;
        whole.reserve(sums.weights.size());
        for (std::size_t i = 0; i < sums.outputs(); ++i) {
            const double scale = row_scale(sums, i, input);
            double largest_sum = 0;
            for (const float weight : sums.row(i)) {
                whole.push_back(static_cast<float>(
                    std::clamp(std::nearbyint(weight * sums.factors[i] / scale), -kLargestWeight, kLargestWeight)));
                largest_sum += kMostSteps * std::abs(whole.back());
            }
            const double step = scale * input.scale;
            const double bias = std::nearbyint(sums.biases[i] / step);
            if (largest_sum + std::abs(bias) > kLargestSum)
                throw failed(
                    "layer {}: a sum of {} products may need more than the 32 bits that it has in int8; "
                    "export the network without --quantize",
                    sums.name, sums.row(i).size());
            sums.factors[i] = scale;
            sums.biases[i] = static_cast<float>(bias * step);
        }
        sums.weights = network_.whole_numbers.emplace_back(std::move(whole));
    }

    /// A float, which the largest weight makes 127, or more where the bias would else be too many steps.
    static float row_scale(const WeightedSums& sums, std::size_t output, const ByteGrid& input) {
        double largest = 0;
        for (const float weight : sums.row(output)) largest = std::max(largest, double{std::abs(weight)});
        const auto scale = static_cast<float>(std::max(largest * std::abs(sums.factors[output]) / kLargestWeight,
                                                       std::abs(sums.biases[output]) / kLargestBias / input.scale));
        return std::max(scale, std::numeric_limits<float>::min());
    }

    QuantizedNetwork& network_;
    const Ranges& ranges_;
};

}  // namespace

QuantizedNetwork quantize(const Model& model, const Dataset& training, std::size_t images) {
    const Shape input = model.recipe.network.input;
    if (training.shape != input)
        throw bad_data("split {} has images of {}x{}, the network reads {}x{}", training.split, training.shape.height,
                       training.shape.width, input.height, input.width);
    if (training.size() == 0) throw failed("split {} has no training images to calibrate by", training.split);
    QuantizedNetwork network;
    network.normalization = model.normalization;
    network.calibrated_on = std::min(images, training.size());
    const std::vector<std::uint8_t> shown = spread_images(training, network.calibrated_on);
    network.layers = inference_layers(model, Norms::kFolded);
    const Ranges ranges = seen_ranges(network.layers, shown, input.size(), model.normalization);
    const std::vector<std::uint8_t> darkest_and_brightest = {0, 255};
    network.image = range_of(normalized_together(darkest_and_brightest, 1, model.normalization)).grid();
    Quantizer(network, ranges).sequence(network.layers, network.image, true);
    return network;
}

std::vector<float> quantized_logits(const QuantizedNetwork& network, std::span<const std::uint8_t> images,
                                    const std::function<void(std::size_t)>& on_progress) {
    const std::size_t pixels = network.layers.front().input.size();
    const std::size_t classes = network.layers.back().output.size();
    const std::size_t count = images.size() / pixels;
    // Between these, progress is told and may end the work.
    const std::size_t stride = kTogether * 16 * static_cast<std::size_t>(thread_count());
    std::vector<float> logits(count * classes);
    for (std::size_t first = 0; first < count; first += stride) {
        const std::size_t part = std::min(stride, count - first);
        for_each_batch(images.subspan(first * pixels, part * pixels), pixels, network.normalization,
                       [&](std::size_t batch, std::vector<Together> values) {
                           round_to(network.image, values);
                           values = run_layers(network.layers, std::move(values));
                           const std::size_t begin = batch * kTogether;
                           for (std::size_t i = 0; i < std::min(kTogether, part - begin); ++i)
                               for (std::size_t c = 0; c < classes; ++c)
                                   logits[(first + begin + i) * classes + c] = static_cast<float>(values[c][i]);
                       });
        if (on_progress) on_progress(first + part);
    }
    return logits;
}

double quantized_accuracy(const QuantizedNetwork& network, const Dataset& test,
                          const std::function<void(std::size_t)>& on_progress) {
    const std::vector<float> logits = quantized_logits(network, test.pixels(), on_progress);
    const std::size_t classes = logits.size() / test.size();
    std::size_t right = 0;
    for (std::size_t i = 0; i < test.size(); ++i)
        right += likeliest(std::span(logits).subspan(i * classes, classes)) == test.labels[i];
    return static_cast<double>(right) / static_cast<double>(test.size());
}

}  // namespace inkling
