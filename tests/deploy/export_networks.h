#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "deploy/random_model.h"
#include "train/recipe.h"

// The networks that every form of export is tested with, beside the engine.

namespace inkling {

inline constexpr Shape kImage{1, 28, 28};
inline constexpr int kClasses = 47;

inline ResidualSpec residual_of(std::initializer_list<LayerSpec::Kind> kinds) {
    return {.body = network_of({}, kinds).layers};
}

/// Layers with all that they can have.
inline std::vector<NetworkSpec> layer_networks() {
    return {
        network_of(kImage,
                   {Conv2dSpec{.filters = 7, .kernel = 5, .stride = 2, .padding = 2}, kTanh,
                    DepthwiseConv2dSpec{.kernel = 3, .stride = 2, .padding = 2}, BatchNormSpec{}, kGelu,
                    DepthwiseConv2dSpec{.kernel = 2, .stride = 1, .padding = 0, .bias = false}, BatchNormSpec{}}),
        network_of(kImage, {Conv2dSpec{.filters = 6, .bias = false}, BatchNormSpec{}, SqueezeExcitationSpec{3},
                            BatchNormSpec{}, MaxPool2dSpec{3, 2}, AvgPool2dSpec{2, 1}, DropoutSpec{},
                            GlobalAvgPoolSpec{}, SqueezeExcitationSpec{2}}),
        network_of(
            kImage,
            {Conv2dSpec{.filters = 4, .kernel = 4, .stride = 3, .padding = 3},
             residual_of({Conv2dSpec{.filters = 4}, BatchNormSpec{}, kTanh, Conv2dSpec{.filters = 4}}), BatchNormSpec{},
             residual_of({Conv2dSpec{.filters = 9, .stride = 2}, residual_of({BatchNormSpec{}, kTanh})}), kTanh,
             FlattenSpec{}, DenseSpec{.units = 13, .bias = false}, BatchNormSpec{}, kTanh, DenseSpec{.units = 3}}),
    };
}

/// Layers drawn at random, those that fit.
inline NetworkSpec drawn_network(std::uint64_t seed) {
    RandomStream random(seed, Purpose::kBenchmark);
    const auto draw = [&](int least, int most) {
        return least + static_cast<int>(random.below(static_cast<std::uint32_t>(most - least + 1)));
    };
    const auto layer = [&]() -> LayerSpec::Kind {
        const int kernel = draw(1, 5);
        switch (draw(0, 8)) {
            case 0:
                return Conv2dSpec{.filters = draw(1, 12),
                                  .kernel = kernel,
                                  .stride = draw(1, 2),
                                  .padding = draw(0, kernel - 1),
                                  .bias = draw(0, 1) == 1};
            case 1:
                return DepthwiseConv2dSpec{
                    .kernel = kernel, .stride = draw(1, 2), .padding = draw(0, kernel - 1), .bias = draw(0, 1) == 1};
            case 2:
                return SqueezeExcitationSpec{draw(1, 4)};
            case 3:
                return BatchNormSpec{};
            case 4:
                return MaxPool2dSpec{draw(1, 3), draw(1, 2)};
            case 5:
                return AvgPool2dSpec{draw(1, 3), draw(1, 2)};
            case 6:
                return residual_of({Conv2dSpec{.filters = draw(1, 12), .stride = draw(1, 2)}, BatchNormSpec{}, kTanh});
            default:
                return ActivationSpec{
                    kind_at<Activation>(static_cast<std::size_t>(draw(0, std::variant_size_v<Activation> - 1)))};
        }
    };
    NetworkSpec spec{.input = kImage, .layers = {}};
    for (int i = draw(2, 9); i > 0; --i) {
        spec.layers.push_back({layer()});
        try {
            summarize(spec, kClasses);
        } catch (const Error&) {
            spec.layers.pop_back();
        }
    }
    return spec;
}

struct TestNetwork {
    std::string name;
    NetworkSpec spec;
};

/// One of every recipe, of every activation and layer, and so many that are drawn.
inline std::vector<TestNetwork> export_test_networks(int drawn) {
    std::vector<TestNetwork> networks;
    for (const auto& entry : std::filesystem::directory_iterator(INKLING_RECIPES))
        if (entry.path().extension() == ".toml" && entry.path().stem() != "study")
            networks.push_back({entry.path().stem(), read_recipe(entry.path()).network});
    for_each_kind<Activation>([&](const auto& kind) {
        const ActivationSpec activation{kind};
        networks.push_back({kind.kName, network_of(kImage, {Conv2dSpec{.filters = 3, .stride = 4}, activation})});
    });
    for (const NetworkSpec& spec : layer_networks())
        networks.push_back({fmt::format("layers {}", networks.size()), spec});
    for (int seed = 1; seed <= drawn; ++seed)
        networks.push_back({fmt::format("drawn {}", seed), drawn_network(static_cast<std::uint64_t>(seed))});
    return networks;
}

inline std::vector<std::uint8_t> random_image(std::uint64_t seed) {
    std::vector<std::uint8_t> image(kImage.size());
    RandomStream random(seed, Purpose::kBenchmark);
    for (std::uint8_t& pixel : image) pixel = static_cast<std::uint8_t>(random.below(2) * random.below(256));
    return image;
}

/// A data set of random_image(1), random_image(2) and so on.
inline Dataset random_images(int count) {
    Dataset data{.split = "toy", .images = {}, .labels = {}, .class_names = {}, .files = {}};
    data.labels.resize(static_cast<std::size_t>(count));
    for (int seed = 1; seed <= count; ++seed) {
        const auto image = random_image(static_cast<std::uint64_t>(seed));
        data.images.insert(data.images.end(), image.begin(), image.end());
    }
    return data;
}

/// What the engine makes of an image.
inline std::vector<float> logits_of(const Model& model, std::span<const std::uint8_t> image) {
    Network runs = make_network(model, 1);
    for (std::size_t i = 0; i < image.size(); ++i)
        runs.input()[i] =
            (static_cast<float>(image[i]) / 255 - model.normalization.mean) / model.normalization.deviation;
    runs.forward({});
    return copy(runs.logits());
}

}  // namespace inkling
