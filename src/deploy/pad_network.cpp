#include "deploy/pad_network.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/base64.h"
#include "core/error.h"
#include "data/gzip.h"
#include "deploy/page_network.h"
#include "train/evaluate.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

constexpr Shape kImage{1, 28, 28};

/// 32-bit floats, gzipped in base64: the whitening, then the centres.
ordered_json strangeness_json(const std::optional<Strangeness>& strangeness) {
    if (!strangeness) return nullptr;
    std::vector<float> numbers(strangeness->whitening.begin(), strangeness->whitening.end());
    numbers.insert(numbers.end(), strangeness->centres.begin(), strangeness->centres.end());
    return {{"numbers", base64(gzip_compressed(std::as_bytes(std::span(numbers))))}, {"most", strangeness->most}};
}

}  // namespace

PadNetwork smallest_pad_network(const Model& model, std::string name, double accuracy, const Dataset& test,
                                const std::function<void(std::size_t)>& on_progress) {
    PadNetwork network{.model = model, .name = std::move(name)};
    for (const WeightFormat format : {WeightFormat::kInt8, WeightFormat::kFloat16}) {
        network.format = format;
        network.accuracy = evaluate(with_rounded_weights(model, format), test, on_progress).metrics.accuracy;
        if (accuracy - *network.accuracy <= kMostLost) break;
    }
    return network;
}

ordered_json to_json(const PadNetwork& network) {
    const Model& model = network.model;
    const std::string name = network.name.empty() ? model.recipe.name : network.name;
    if (const Shape input = model.recipe.network.input; input != kImage)
        throw bad_data("{}: it reads images of {}x{}x{}, expected 1x28x28, which is what the page makes of writing",
                       name, input.channels, input.height, input.width);
    ordered_json json = {{"name", name},
                         {"split", model.split},
                         {"classes", model.class_names},
                         {"parameters", model.parameters.size()},
                         {"accuracy", network.accuracy ? ordered_json(*network.accuracy) : ordered_json(nullptr)},
                         {"calibrated", model.temperature != 1 || !model.sets.empty()},
                         {"mean", model.normalization.mean},
                         {"deviation", model.normalization.deviation},
                         {"sets", ordered_json::array()},
                         {"strangeness", strangeness_json(model.strangeness)}};
    for (const ConformalSets& sets : model.sets)
        json["sets"].push_back({{"coverage", sets.coverage}, {"least_probability", sets.least_probability}});
    json.update(page_network(model, network.format));
    return json;
}

}  // namespace inkling
