#pragma once

#include <string>

#include "random_network.h"
#include "train/model.h"

namespace inkling {

/// A model whose every parameter and statistic is drawn at random, of classes "0", "1" and so on.
inline Model random_model(const NetworkSpec& spec, int classes, std::uint64_t seed = 1) {
    const Network network = random_network(spec, classes, 1, Network::Mode::kInfer, seed);
    Model model{.recipe = {},
                .split = "toy",
                .class_names = {},
                .normalization = {0.17f, 0.33f},
                .parameters = {},
                .statistics = {}};
    model.recipe.network = spec;
    model.recipe.name = "random";
    for (int i = 0; i < classes; ++i) model.class_names.push_back(std::to_string(i));
    model.parameters = copy(network.parameters());
    model.statistics = copy(network.statistics());
    return model;
}

}  // namespace inkling
