#include "study/tpe.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>

namespace inkling {
namespace {

constexpr std::size_t kLeastSeen = 10;   // before it proposes
constexpr double kBestShare = 0.15;      // of those seen
constexpr double kPriorDeviation = 1;    // of a range's whole width
constexpr std::size_t kNarrowest = 100;  // a density's deviation is no less than a range's width by this

/// Four digits, so that a value reads like one that somebody chose.
double rounded(double value) { return std::stod(fmt::format("{:.4g}", value)); }

double value_at(const ValueRange& range, double place) {
    // Whole numbers at the ends have as much room as others.
    const double room = range.whole && !range.logarithmic ? 0.5 : 0;
    const double value = range.logarithmic ? range.low * std::pow(range.high / range.low, place)
                                           : std::lerp(range.low - room, range.high + room, place);
    return std::clamp(range.whole ? std::round(value) : rounded(value), range.low, range.high);
}

double place_of(const ValueRange& range, double value) {
    return range.logarithmic ? std::log(value / range.low) / std::log(range.high / range.low)
                             : (value - range.low) / (range.high - range.low);
}

std::size_t rate_count(const StudyOption& option) {
    return std::max({option.learning_rates.size(), option.learning_rate_factors.size(), std::size_t{1}});
}

std::size_t below(RandomStream& random, std::size_t bound) { return random.below(static_cast<std::uint32_t>(bound)); }

Choice draw_choice(const Technique& technique, RandomStream& random) {
    if (technique.range) return {.value = value_at(*technique.range, random.uniform())};
    const std::size_t option = below(random, technique.options.size());
    return {.option = option, .rate = below(random, rate_count(technique.options[option]))};
}

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

/// Normal densities about places between 0 and 1, cut off there, and a wide one about the middle.
class RangeDensity {
  public:
    explicit RangeDensity(std::vector<double> places) {
        places.push_back(0.5);
        const std::size_t prior = places.size() - 1;
        std::vector<std::size_t> order(places.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return places[a] < places[b]; });
        const double narrowest = kPriorDeviation / static_cast<double>(std::min(places.size(), kNarrowest));
        for (std::size_t i = 0; i < order.size(); ++i) {
            const double place = places[order[i]];
            const double left = place - (i == 0 ? 0 : places[order[i - 1]]);
            const double right = (i + 1 == order.size() ? 1 : places[order[i + 1]]) - place;
            const double deviation =
                order[i] == prior ? kPriorDeviation : std::clamp(std::max(left, right), narrowest, kPriorDeviation);
            normals_.push_back({.mean = place, .deviation = deviation});
        }
    }

    double draw(RandomStream& random) const {
        const auto [mean, deviation] = normals_[below(random, normals_.size())];
        double place = mean + deviation * random.normal();
        while (place < 0 || place > 1) place = mean + deviation * random.normal();
        return place;
    }

    double at(double place) const {
        double sum = 0;
        for (const auto& [mean, deviation] : normals_) {
            const double z = (place - mean) / deviation;
            const double within = normal_cdf((1 - mean) / deviation) - normal_cdf(-mean / deviation);
            sum += std::exp(-0.5 * z * z) / (deviation * within);
        }
        return sum / static_cast<double>(normals_.size());
    }

  private:
    struct Normal {
        double mean;
        double deviation;
    };
    std::vector<Normal> normals_;
};

/// How often each option was taken at each of its rates, and once more each.
class OptionDensity {
  public:
    OptionDensity(const Technique& technique, const std::vector<Choice>& taken) {
        std::size_t count = 0;
        for (const StudyOption& option : technique.options) count += rate_count(option);
        for (std::size_t option = 0; option < technique.options.size(); ++option) {
            const std::size_t rates = rate_count(technique.options[option]);
            // All together as much as one choice each; options as probable as one another.
            const double prior = static_cast<double>(count) / static_cast<double>(technique.options.size() * rates);
            for (std::size_t rate = 0; rate < rates; ++rate) weights_[{.option = option, .rate = rate}] = prior;
        }
        for (const Choice& choice : taken) ++weights_[choice];
        total_ = static_cast<double>(count + taken.size());
    }

    Choice draw(RandomStream& random) const {
        double left = total_ * random.uniform();
        for (const auto& [choice, weight] : weights_)
            if ((left -= weight) < 0) return choice;
        return weights_.rbegin()->first;
    }

    double at(const Choice& choice) const { return weights_.at(choice) / total_; }

  private:
    std::map<Choice, double> weights_;
    double total_ = 0;
};

std::vector<double> places_of(const ValueRange& range, const std::vector<Choice>& choices) {
    std::vector<double> places;
    places.reserve(choices.size());
    for (const Choice& choice : choices) places.push_back(place_of(range, choice.value));
    return places;
}

/// Of some choices drawn as the best ones were, the one that is most probable beside its probability among the others.
Choice propose_choice(const Technique& technique, const std::vector<Choice>& best, const std::vector<Choice>& others,
                      int draws, RandomStream& random) {
    Choice proposed;
    double most = -1;
    const auto consider = [&](const Choice& choice, double ratio) {
        if (ratio <= most) return;
        proposed = choice;
        most = ratio;
    };
    if (technique.range) {
        const RangeDensity good(places_of(*technique.range, best));
        const RangeDensity bad(places_of(*technique.range, others));
        for (int i = 0; i < draws; ++i) {
            const double place = good.draw(random);
            consider({.value = value_at(*technique.range, place)}, good.at(place) / bad.at(place));
        }
    } else {
        const OptionDensity good(technique, best);
        const OptionDensity bad(technique, others);
        for (int i = 0; i < draws; ++i) {
            const Choice choice = good.draw(random);
            consider(choice, good.at(choice) / bad.at(choice));
        }
    }
    return proposed;
}

}  // namespace

std::vector<Choice> draw_combination(const StudyFamily& family, RandomStream& random) {
    std::vector<Choice> combination;
    for (const Technique& technique : family.techniques) combination.push_back(draw_choice(technique, random));
    return combination;
}

std::vector<Choice> propose_combination(const StudyFamily& family, std::span<const Observation> seen, int draws,
                                        RandomStream& random) {
    if (seen.size() < kLeastSeen) return draw_combination(family, random);
    std::vector<const Observation*> order;
    for (const Observation& observation : seen) order.push_back(&observation);
    std::stable_sort(order.begin(), order.end(),
                     [](const Observation* a, const Observation* b) { return a->accuracy > b->accuracy; });
    const auto best_count = static_cast<std::size_t>(std::ceil(kBestShare * static_cast<double>(seen.size())));

    std::vector<Choice> combination;
    for (std::size_t technique = 0; technique < family.techniques.size(); ++technique) {
        std::vector<Choice> best;
        std::vector<Choice> others;
        for (std::size_t i = 0; i < order.size(); ++i)
            (i < best_count ? best : others).push_back(order[i]->choices[technique]);
        combination.push_back(propose_choice(family.techniques[technique], best, others, draws, random));
    }
    return combination;
}

}  // namespace inkling
