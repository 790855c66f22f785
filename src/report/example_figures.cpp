#include "report/example_figures.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "report/encoding.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kPairs = 10;
constexpr std::size_t kExamplesEachWay = 4;
constexpr std::size_t kFirstImages = 6;
constexpr std::size_t kLikeliest = 3;

/// Two classes and how often each is taken for the other; a < b.
struct Pair {
    std::size_t a = 0;
    std::size_t b = 0;
    std::int64_t a_as_b = 0;
    std::int64_t b_as_a = 0;

    std::int64_t count() const { return a_as_b + b_as_a; }
};

std::vector<Pair> most_confused_pairs(const Metrics& metrics, std::size_t classes) {
    std::vector<Pair> pairs;
    for (std::size_t a = 0; a < classes; ++a)
        for (std::size_t b = a + 1; b < classes; ++b) {
            const Pair pair{a, b, metrics.confusion[a * classes + b], metrics.confusion[b * classes + a]};
            if (pair.count() > 0) pairs.push_back(pair);
        }
    std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& x, const Pair& y) { return x.count() > y.count(); });
    if (pairs.size() > kPairs) pairs.resize(kPairs);
    return pairs;
}

}  // namespace

ordered_json confused_pairs(const Evaluation& evaluation, const Dataset& data) {
    const std::size_t classes = data.class_names.size();
    const auto predicted = predictions(evaluation, classes);
    const auto examples = [&](std::size_t truth, std::size_t prediction) {
        auto json = ordered_json::array();
        for (std::size_t i = 0; i < data.size() && json.size() < kExamplesEachWay; ++i)
            if (data.labels[i] == truth && predicted[i] == prediction)
                json.push_back({{"index", i},
                                {"image", image_uri(data.image(i), data.shape)},
                                {"probability", evaluation.probabilities[i * classes + prediction]}});
        return json;
    };
    auto json = ordered_json::array();
    for (const Pair& pair : most_confused_pairs(evaluation.metrics, classes))
        json.push_back({{"a", data.class_names[pair.a]},
                        {"b", data.class_names[pair.b]},
                        {"a_as_b", pair.a_as_b},
                        {"b_as_a", pair.b_as_a},
                        {"a_images", evaluation.metrics.per_class[pair.a].support},
                        {"b_images", evaluation.metrics.per_class[pair.b].support},
                        {"a_as_b_examples", examples(pair.a, pair.b)},
                        {"b_as_a_examples", examples(pair.b, pair.a)}});
    return json;
}

ordered_json first_images(const Evaluation& evaluation, const Dataset& data) {
    const std::size_t classes = data.class_names.size();
    auto json = ordered_json::array();
    for (std::size_t i = 0; i < std::min(kFirstImages, data.size()); ++i) {
        const auto row = std::span(evaluation.probabilities).subspan(i * classes, classes);
        std::vector<std::size_t> order(classes);
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return row[x] > row[y]; });
        ordered_json image = {{"index", i},
                              {"image", image_uri(data.image(i), data.shape)},
                              {"truth", data.class_names[data.labels[i]]},
                              {"likeliest", ordered_json::array()}};
        for (std::size_t j = 0; j < std::min(kLikeliest, classes); ++j)
            image["likeliest"].push_back({{"class", data.class_names[order[j]]}, {"probability", row[order[j]]}});
        json.push_back(image);
    }
    return json;
}

}  // namespace inkling
