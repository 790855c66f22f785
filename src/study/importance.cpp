#include "study/importance.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <mutex>
#include <numeric>

#include "core/random.h"
#include "core/threads.h"
#include "study/forest.h"

namespace inkling {
namespace {

constexpr std::size_t kTrees = 24;
constexpr std::size_t kTreeTrials = 128;  // that a tree grows from at most
constexpr std::size_t kRepeats = 40;      // of halves, and of scores dealt anew
constexpr double kLevel = 0.05;
constexpr double kTwoSided95 = 1.96;

using Forest = std::vector<Tree>;

/// What the variance of a forest's prediction is made of, over all combinations.
struct Variances {
    double mean = 0;  // of all combinations
    double total = 0;
    std::vector<double> main = {};
    std::vector<double> pairs = {};                 // in the order of each_pair()
    std::vector<std::vector<double>> effects = {};  // of each factor, by level: the mean score there less that of all

    double share(double variance) const { return total > 0 ? variance / total : 0; }
};

std::size_t pair_count(std::size_t factors) { return factors * (factors - 1) / 2; }

/// Calls visit(a, b) for each pair, a < b, in the order of their places.
template <class Visit>
void each_pair(std::size_t factors, Visit&& visit) {
    for (std::size_t a = 0; a < factors; ++a)
        for (std::size_t b = a + 1; b < factors; ++b) visit(a, b);
}

/// Random streams, one for each use, all of one seed.
class Streams {
  public:
    explicit Streams(std::uint64_t seed) : seed_(seed) {}
    RandomStream next() { return {seed_, Purpose::kImportance, used_++}; }
    /// Two for each repeat.
    std::vector<std::array<RandomStream, 2>> next_of_repeats() {
        std::vector<std::array<RandomStream, 2>> streams;
        streams.reserve(kRepeats);
        for (std::size_t repeat = 0; repeat < kRepeats; ++repeat) {
            const RandomStream first = next();
            streams.push_back({first, next()});
        }
        return streams;
    }

  private:
    std::uint64_t seed_;
    std::uint32_t used_ = 0;
};

std::vector<std::size_t> all_places(std::size_t count) {
    std::vector<std::size_t> places(count);
    std::iota(places.begin(), places.end(), std::size_t{0});
    return places;
}

/// `count` of the trials at random, in random order.
std::vector<std::size_t> some_places(std::size_t trials, std::size_t count, RandomStream& random) {
    std::vector<std::size_t> places = all_places(trials);
    for (std::size_t i = 0; i < count; ++i)
        std::swap(places[i], places[i + random.below(static_cast<std::uint32_t>(trials - i))]);
    places.resize(count);
    return places;
}

/// Each tree grows from all trials, so that the forest knows each of them, or from as many as its time allows.
Forest grow_forest(std::span<const Factor> factors, std::span<const FactorTrial> trials, RandomStream random) {
    Forest forest;
    for (std::size_t i = 0; i < kTrees; ++i)
        forest.push_back(grow_tree(factors, trials,
                                   some_places(trials.size(), std::min(trials.size(), kTreeTrials), random), random));
    return forest;
}

double weight(const Box& box, const Factor& factor, std::size_t i) {
    return std::popcount(box[i]) / static_cast<double>(factor.levels);
}

double weight(const Box& box, std::span<const Factor> factors) {
    double product = 1;
    for (std::size_t i = 0; i < factors.size(); ++i) product *= weight(box, factors[i], i);
    return product;
}

/// Whether two boxes have combinations in common; most have none.
bool meet(const Box& a, const Box& b) {
    for (std::size_t i = 0; i < a.size(); ++i)
        if ((a[i] & b[i]) == 0) return false;
    return true;
}

/// Exact: of the mean of all trees.
double total_variance(std::span<const Factor> factors, const std::vector<Leaf>& leaves, double mean) {
    double sum = 0;
    Box both(factors.size());
    for (std::size_t a = 0; a < leaves.size(); ++a)
        for (std::size_t b = a; b < leaves.size(); ++b) {
            if (!meet(leaves[a].box, leaves[b].box)) continue;
            for (std::size_t i = 0; i < both.size(); ++i) both[i] = leaves[a].box[i] & leaves[b].box[i];
            const double product = (leaves[a].score - mean) * (leaves[b].score - mean) * weight(both, factors);
            sum += a == b ? product : 2 * product;
        }
    return sum / static_cast<double>(kTrees * kTrees);
}

/// What is asked for, the cheapest first.
enum class What { kMain, kPairs, kShares };

class Anova {
  public:
    Anova(std::span<const Factor> factors, const Forest& forest) : factors_(factors) {
        for (const Tree& tree : forest) leaves_.insert(leaves_.end(), tree.begin(), tree.end());
        for (const Leaf& leaf : leaves_) {
            weights_.push_back(weight(leaf.box, factors) / static_cast<double>(forest.size()));
            mean_ += weights_.back() * leaf.score;
        }
    }

    Variances variances(What what) const {
        Variances found{.mean = mean_};
        if (what == What::kShares) found.total = total_variance(factors_, leaves_, mean_);
        for (std::size_t i = 0; i < factors_.size(); ++i) {
            found.effects.push_back(main_effect(i));
            double squares = 0;
            for (const double effect : found.effects.back()) squares += effect * effect;
            found.main.push_back(squares / static_cast<double>(factors_[i].levels));
        }
        if (what != What::kMain)
            each_pair(factors_.size(), [&](std::size_t a, std::size_t b) {
                found.pairs.push_back(pair_variance(a, b, found.effects[a], found.effects[b]));
            });
        return found;
    }

  private:
    std::vector<double> main_effect(std::size_t factor) const {
        std::vector<double> effect(factors_[factor].levels, 0);
        for (std::size_t i = 0; i < leaves_.size(); ++i) {
            const Box& box = leaves_[i].box;
            const double part = weights_[i] / weight(box, factors_[factor], factor) * (leaves_[i].score - mean_);
            for (std::size_t level = 0; level < effect.size(); ++level)
                if (box[factor] >> level & 1) effect[level] += part;
        }
        return effect;
    }

    double pair_variance(std::size_t a, std::size_t b, const std::vector<double>& effect_a,
                         const std::vector<double>& effect_b) const {
        std::vector<double> cells(effect_a.size() * effect_b.size(), 0);
        for (std::size_t i = 0; i < leaves_.size(); ++i) {
            const Box& box = leaves_[i].box;
            const double part =
                weights_[i] / weight(box, factors_[a], a) / weight(box, factors_[b], b) * (leaves_[i].score - mean_);
            for (std::size_t x = 0; x < effect_a.size(); ++x) {
                if ((box[a] >> x & 1) == 0) continue;
                for (std::size_t y = 0; y < effect_b.size(); ++y)
                    if (box[b] >> y & 1) cells[x * effect_b.size() + y] += part;
            }
        }
        double squares = 0;
        for (std::size_t x = 0; x < effect_a.size(); ++x)
            for (std::size_t y = 0; y < effect_b.size(); ++y) {
                const double beyond = cells[x * effect_b.size() + y] - effect_a[x] - effect_b[y];
                squares += beyond * beyond;
            }
        return squares / static_cast<double>(cells.size());
    }

    std::span<const Factor> factors_;
    std::vector<Leaf> leaves_;     // of all trees
    std::vector<double> weights_;  // share of all combinations
    double mean_ = 0;
};

Variances variances_of(std::span<const Factor> factors, std::span<const FactorTrial> trials, RandomStream random,
                       What what) {
    return Anova(factors, grow_forest(factors, trials, random)).variances(what);
}

/// Tells how many of all forests are grown.
class ForestCount {
  public:
    ForestCount(std::size_t forests, const std::function<void(std::size_t, std::size_t)>& on_progress)
        : forests_(forests), on_progress_(on_progress) {}

    void add_one() {
        if (!on_progress_) return;
        const std::lock_guard lock(mutex_);
        on_progress_(begun_++, forests_);
    }

  private:
    std::size_t forests_;
    const std::function<void(std::size_t, std::size_t)>& on_progress_;
    std::mutex mutex_;
    std::size_t begun_ = 0;
};

/// Of each repeat, variances(dealing, growing) with random streams of its own; repeats are shared among threads.
template <class Repeat>
std::vector<Variances> repeated(Streams& streams, ForestCount& count, Repeat&& repeat) {
    const std::vector<std::array<RandomStream, 2>> drawn = streams.next_of_repeats();
    std::vector<Variances> found(kRepeats);
    run_tasks(kRepeats, [&](std::size_t i, int) {
        count.add_one();
        found[i] = repeat(drawn[i][0], drawn[i][1]);
    });
    return found;
}

/// So high is the largest that chance gives, with probability 1 - kLevel.
double chance_bound(std::vector<double> largest) {
    std::sort(largest.begin(), largest.end());
    return largest[static_cast<std::size_t>(std::ceil((1 - kLevel) * static_cast<double>(largest.size()))) - 1];
}

/// Whether each factor has a larger main effect than chance gives any: than a twin of each factor whose levels are
/// dealt to the trials anew, in the same forest (after Kursa and Rudnicki, 2010, "Feature selection with the Boruta
/// package").
std::vector<bool> main_beyond_chance(std::span<const Factor> factors, std::span<const FactorTrial> trials,
                                     Streams& streams, ForestCount& count) {
    std::vector<Factor> doubled(factors.begin(), factors.end());
    doubled.insert(doubled.end(), factors.begin(), factors.end());
    const std::vector<Variances> forests = repeated(streams, count, [&](RandomStream dealing, RandomStream growing) {
        std::vector<std::size_t> dealt = all_places(trials.size());
        shuffle(dealt, dealing);
        std::vector<FactorTrial> with_twins(trials.begin(), trials.end());
        for (std::size_t i = 0; i < trials.size(); ++i) {
            const std::vector<std::size_t>& twin = trials[dealt[i]].levels;
            with_twins[i].levels.insert(with_twins[i].levels.end(), twin.begin(), twin.end());
        }
        return variances_of(doubled, with_twins, growing, What::kMain);
    });
    std::vector<double> largest;
    std::vector<double> own(factors.size(), 0);  // mean over the forests
    for (const Variances& found : forests) {
        for (std::size_t i = 0; i < own.size(); ++i) own[i] += found.main[i] / static_cast<double>(kRepeats);
        largest.push_back(
            *std::max_element(found.main.begin() + static_cast<std::ptrdiff_t>(factors.size()), found.main.end()));
    }
    const double bound = chance_bound(std::move(largest));
    std::vector<bool> shown;
    shown.reserve(own.size());
    for (const double variance : own) shown.push_back(variance > bound);
    return shown;
}

/// What main effects leave of the scores is less than chance made of them, for they follow chance too: by degrees of
/// freedom, of which a forest takes no more than there are.
double rest_scale(std::span<const Factor> factors, std::size_t trials) {
    double taken = 1;
    for (const Factor& factor : factors) taken += static_cast<double>(factor.levels - 1);
    const auto count = static_cast<double>(trials);
    return std::sqrt(count / std::max(count - taken, 0.5 * count));
}

/// Of pairs, by what main effects leave of the scores, dealt to the trials anew (Freedman and Lane, 1983).
double pair_bound(std::span<const Factor> factors, std::span<const FactorTrial> trials, const Variances& whole,
                  Streams& streams, ForestCount& count) {
    const double scale = rest_scale(factors, trials.size());
    std::vector<FactorTrial> additive(trials.begin(), trials.end());
    std::vector<double> rest;
    for (FactorTrial& trial : additive) {
        double sum = whole.mean;
        for (std::size_t i = 0; i < factors.size(); ++i) sum += whole.effects[i][trial.levels[i]];
        rest.push_back(scale * (trial.score - sum));
        trial.score = sum;
    }
    std::vector<double> largest;
    const auto dealt_anew = [&](RandomStream dealing, RandomStream growing) {
        std::vector<double> dealt = rest;
        shuffle(dealt, dealing);
        std::vector<FactorTrial> made = additive;
        for (std::size_t i = 0; i < made.size(); ++i) made[i].score += dealt[i];
        return variances_of(factors, made, growing, What::kPairs);
    };
    for (const Variances& found : repeated(streams, count, dealt_anew))
        largest.push_back(*std::max_element(found.pairs.begin(), found.pairs.end()));
    return chance_bound(std::move(largest));
}

/// Adds up shares of random halves of the trials. The halves' spread is about that of samples of all.
class Spread {
  public:
    explicit Spread(std::size_t count) : values_(count) {}
    void add(std::size_t i, double share) { values_[i].push_back(share); }
    Interval interval(std::size_t i, double share) const {
        const double reach = kTwoSided95 * mean_deviation(values_[i]).deviation;
        return {.low = std::max(share - reach, 0.0), .high = std::min(share + reach, 1.0)};
    }

  private:
    std::vector<std::vector<double>> values_;
};

/// By trees that grow from a random half each: each trial by those that did not see it.
double explained_share(std::span<const Factor> factors, std::span<const FactorTrial> trials, RandomStream random) {
    std::vector<double> sums(trials.size(), 0);
    std::vector<int> counts(trials.size(), 0);
    for (std::size_t i = 0; i < kTrees; ++i) {
        const std::vector<std::size_t> places =
            some_places(trials.size(), std::min((trials.size() + 1) / 2, kTreeTrials), random);
        const Tree tree = grow_tree(factors, trials, places, random);
        std::vector<bool> seen(trials.size(), false);
        for (const std::size_t place : places) seen[place] = true;
        for (std::size_t t = 0; t < trials.size(); ++t)
            if (!seen[t]) {
                sums[t] += predict(tree, trials[t].levels);
                ++counts[t];
            }
    }
    double mean = 0;
    for (const FactorTrial& trial : trials) mean += trial.score / static_cast<double>(trials.size());
    double left = 0;
    double all = 0;
    for (std::size_t t = 0; t < trials.size(); ++t) {
        if (counts[t] == 0) continue;
        const double miss = trials[t].score - sums[t] / counts[t];
        left += miss * miss;
        all += (trials[t].score - mean) * (trials[t].score - mean);
    }
    return all > 0 ? std::max(1 - left / all, 0.0) : 0;
}

}  // namespace

Importance find_importance(std::span<const Factor> factors, std::span<const FactorTrial> trials, std::uint64_t seed,
                           const std::function<void(std::size_t done, std::size_t forests)>& on_progress) {
    assert(trials.size() >= 2);
    if (factors.empty()) return {};
    Streams streams(seed);
    ForestCount count((factors.size() < 2 ? 2 : 3) * kRepeats, on_progress);
    const Variances whole = variances_of(factors, trials, streams.next(), What::kShares);
    const std::vector<bool> beyond = main_beyond_chance(factors, trials, streams, count);
    const double least_pair = factors.size() < 2 ? 0 : pair_bound(factors, trials, whole, streams, count);

    Spread main_spread(factors.size());
    Spread pair_spread(pair_count(factors.size()));
    const auto of_half = [&](RandomStream dealing, RandomStream growing) {
        std::vector<FactorTrial> half(trials.begin(), trials.end());
        shuffle(half, dealing);
        half.resize((trials.size() + 1) / 2);
        return variances_of(factors, half, growing, What::kShares);
    };
    for (const Variances& found : repeated(streams, count, of_half)) {
        for (std::size_t i = 0; i < found.main.size(); ++i) main_spread.add(i, found.share(found.main[i]));
        for (std::size_t i = 0; i < found.pairs.size(); ++i) pair_spread.add(i, found.share(found.pairs[i]));
    }

    const auto make_share = [&](std::vector<std::size_t> of, double variance, bool beyond_chance, const Spread& spread,
                                std::size_t i) {
        const double share = whole.share(variance);
        const Interval interval = spread.interval(i, share);
        return Share{
            .factors = std::move(of), .share = share, .interval = interval, .shown = beyond_chance && interval.low > 0};
    };
    Importance importance{.explained = explained_share(factors, trials, streams.next())};
    for (std::size_t i = 0; i < factors.size(); ++i)
        importance.main.push_back(make_share({i}, whole.main[i], beyond[i], main_spread, i));
    each_pair(factors.size(), [&](std::size_t a, std::size_t b) {
        const std::size_t i = importance.pairs.size();
        importance.pairs.push_back(make_share({a, b}, whole.pairs[i], whole.pairs[i] > least_pair, pair_spread, i));
    });
    std::stable_sort(importance.pairs.begin(), importance.pairs.end(),
                     [](const Share& a, const Share& b) { return a.share > b.share; });
    return importance;
}

}  // namespace inkling
