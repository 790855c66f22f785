#include "report/unread_figures.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/encoding.h"
#include "train/pair_errors.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kPairs = 10;
constexpr std::size_t kPictures = 24;

/// An image that no network reads as it is labelled, nor all together.
struct Unread {
    std::uint32_t image = 0;
    std::size_t read = 0;    // the likeliest class by all networks together
    float probability = 0;   // of that class
    bool unanimous = false;  // whether each network reads it so
};

Readings readings_of(std::span<const JudgedRun* const> runs) {
    std::vector<std::vector<float>> networks;
    networks.reserve(runs.size());
    for (const JudgedRun* run : runs) networks.push_back(run->evaluation.probabilities);
    return read_together(std::move(networks));
}

/// The surest first.
std::vector<Unread> find_unread(const Readings& readings, const Dataset& test) {
    const auto classes = static_cast<std::size_t>(test.classes());
    const auto row = [&](const std::vector<float>& all, std::size_t i) {
        return std::span(all).subspan(i * classes, classes);
    };
    std::vector<Unread> unread;
    for (std::size_t i = 0; i < test.size(); ++i) {
        const auto reads = [&](std::size_t label) {
            return [&, label](const std::vector<float>& network) { return likeliest(row(network, i)) == label; };
        };
        const std::size_t read = likeliest(row(readings.together, i));
        if (read == test.labels[i] || std::ranges::any_of(readings.networks, reads(test.labels[i]))) continue;
        unread.push_back({.image = static_cast<std::uint32_t>(i),
                          .read = read,
                          .probability = row(readings.together, i)[read],
                          .unanimous = std::ranges::all_of(readings.networks, reads(read))});
    }
    std::ranges::stable_sort(unread, std::greater{}, &Unread::probability);
    return unread;
}

ordered_json pairs_json(std::span<const PairErrors> pairs, const Dataset& test) {
    auto json = ordered_json::array();
    for (const PairErrors& pair : pairs.first(std::min(kPairs, pairs.size())))
        json.push_back({{"a", test.class_names[pair.a]},
                        {"b", test.class_names[pair.b]},
                        {"none", pair.unresolved},
                        {"some", pair.to_gain},
                        {"right_but_not_by_all", pair.to_lose}});
    return json;
}

ordered_json pictures_json(std::span<const Unread> unread, const Dataset& test) {
    auto json = ordered_json::array();
    for (const Unread& one : unread.first(std::min(kPictures, unread.size())))
        json.push_back({{"index", one.image},
                        {"image", image_uri(test.image(one.image), test.shape)},
                        {"label", test.class_names[test.labels[one.image]]},
                        {"read", test.class_names[one.read]},
                        {"probability", one.probability}});
    return json;
}

}  // namespace

ordered_json unread_figures(std::span<const JudgedRun* const> runs, const ReportData& data) {
    if (runs.size() < 2) return nullptr;
    const Dataset& test = data.test;
    const Readings readings = readings_of(runs);
    const std::vector<Unread> unread = find_unread(readings, test);
    const std::vector<PairErrors> pairs =
        split_errors(readings, test.labels, static_cast<std::size_t>(test.classes()), {});
    const PairErrors all = sum_of(pairs);
    return {{"networks", runs.size()},
            {"images", test.size()},
            {"errors", all.errors()},
            {"none", unread.size()},
            {"unanimous", std::ranges::count_if(unread, &Unread::unanimous)},
            {"to_gain", all.to_gain},
            {"to_lose", all.to_lose},
            {"pairs", pairs_json(pairs, test)},
            {"pictures", pictures_json(unread, test)}};
}

}  // namespace inkling
