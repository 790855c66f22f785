#pragma once

#include <string>
#include <vector>

#include "data/emnist_conversion.h"
#include "train/model.h"

namespace inkling {

// A network whose readings are known: it looks at the pixel in the middle.

inline constexpr std::size_t kCentre = 14 * 28 + 14;

/// One matrix and no more, whose class i has logit `slope` * i times the pixel in the middle.
inline Model middle_model(float slope, std::vector<std::string> class_names) {
    Model model{.recipe = parse_recipe("[network]\nlayers = [{type = \"flatten\"}]\n", "middle.toml"),
                .split = "mine",
                .class_names = std::move(class_names),
                .normalization = {0.5f, 0.5f},
                .sets = {{0.9, 0.2}},
                .parameters = {},
                .statistics = {}};
    const auto classes = static_cast<std::size_t>(model.classes());
    const ParameterLayout layout = parameter_layout(model.recipe.network, model.classes());
    model.parameters.resize(layout.parameter_count);
    model.statistics.resize(layout.statistics_count);
    for (const TensorInfo& tensor : layout.parameters)
        for (std::size_t i = 0; tensor.size == classes * 784 && i < classes; ++i)
            model.parameters[tensor.offset + i * 784 + kCentre] = slope * static_cast<float>(i);
    return model;
}

inline EmnistImage image_with(std::uint8_t middle) {
    EmnistImage image{};
    image[kCentre] = middle;
    return image;
}

}  // namespace inkling
