#include "study/forest.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace inkling {
namespace {

/// Places with fewer trials are parted by what the part itself gains.
constexpr std::size_t kLeastToLookAhead = 8;

/// So many factors, of all, are looked at for a part.
std::size_t factors_drawn(std::size_t factors) { return (5 * factors + 5) / 6; }

struct Sum {
    double score = 0;
    std::size_t count = 0;

    void add(const Sum& other) {
        score += other.score;
        count += other.count;
    }
    Sum less(const Sum& other) const { return {.score = score - other.score, .count = count - other.count}; }
    double mean() const { return count == 0 ? 0 : score / static_cast<double>(count); }
    /// What the mean takes off the squares, but for what is the same for all ways to part.
    double gain() const { return count == 0 ? 0 : score * score / static_cast<double>(count); }
};

struct Part {
    std::size_t factor = 0;
    std::uint64_t levels = 0;  // that go to one side; none: there is no part
    double gain = 0;
};

class Grower {
  public:
    Grower(std::span<const Factor> factors, std::span<const FactorTrial> trials, RandomStream& random)
        : factors_(factors), trials_(trials), random_(random), order_(factors.size()) {
        std::iota(order_.begin(), order_.end(), std::size_t{0});
    }

    void grow(Box box, std::span<std::size_t> places, Tree& tree) {
        const Part part = best_part(box, places);
        if (part.levels == 0) {
            tree.push_back({.box = std::move(box), .score = sum_of(places).mean()});
            return;
        }
        const auto middle =
            std::partition(places.begin(), places.end(), [&](std::size_t place) { return goes_left(part, place); });
        const auto size = static_cast<std::size_t>(middle - places.begin());
        Box other = box;
        other[part.factor] &= ~part.levels;
        box[part.factor] &= part.levels;
        grow(std::move(box), places.first(size), tree);
        grow(std::move(other), places.subspan(size), tree);
    }

  private:
    bool goes_left(const Part& part, std::size_t place) const {
        return (part.levels >> trials_[place].levels[part.factor] & 1) != 0;
    }

    Sum sum_of(std::span<const std::size_t> places) const {
        Sum sum;
        for (const std::size_t place : places) sum.add({.score = trials_[place].score, .count = 1});
        return sum;
    }

    /// Lets the next of the order be a factor drawn of those behind it.
    std::size_t draw(std::size_t i) {
        std::swap(order_[i], order_[i + random_.below(static_cast<std::uint32_t>(order_.size() - i))]);
        return order_[i];
    }

    Part best_part(const Box& box, std::span<const std::size_t> places) {
        const double score = trials_[places.front()].score;
        if (std::all_of(places.begin(), places.end(), [&](std::size_t place) { return trials_[place].score == score; }))
            return {};
        const std::size_t drawn = factors_drawn(factors_.size());
        for (std::size_t i = 0; i < drawn; ++i) draw(i);
        const bool ahead = places.size() >= kLeastToLookAhead;
        Part best{.gain = sum_of(places).gain() + 1e-12};
        for (std::size_t i = 0; i < drawn; ++i)
            for (Part& part : parts_by(order_[i], box, places)) {
                if (ahead) part.gain = gain_ahead(part, places, drawn);
                if (part.gain > best.gain) best = part;
            }
        return best.levels == 0 ? any_part(box, places) : best;
    }

    /// Where none gains, as before an effect that only several factors have together.
    Part any_part(const Box& box, std::span<const std::size_t> places) {
        for (std::size_t i = 0; i < order_.size(); ++i) {
            const std::vector<Part> parts = parts_by(draw(i), box, places);
            if (!parts.empty()) return parts[random_.below(static_cast<std::uint32_t>(parts.size()))];
        }
        return {};
    }

    /// What it gains together with the best part of either side.
    double gain_ahead(const Part& part, std::span<const std::size_t> places, std::size_t drawn) {
        left_.clear();
        right_.clear();
        for (const std::size_t place : places) (goes_left(part, place) ? left_ : right_).push_back(place);
        double total = 0;
        for (const std::vector<std::size_t>* side : {&left_, &right_}) {
            double most = sum_of(*side).gain();
            for (std::size_t i = 0; i < drawn; ++i) most = std::max(most, best_gain(order_[i], *side));
            total += most;
        }
        return total;
    }

    double best_gain(std::size_t factor, std::span<const std::size_t> places) {
        sums_.assign(factors_[factor].levels, {});
        Sum all;
        for (const std::size_t place : places) {
            const Sum one{.score = trials_[place].score, .count = 1};
            sums_[trials_[place].levels[factor]].add(one);
            all.add(one);
        }
        std::erase_if(sums_, [](const Sum& sum) { return sum.count == 0; });
        if (!factors_[factor].ordered)
            std::sort(sums_.begin(), sums_.end(), [](const Sum& a, const Sum& b) { return a.mean() < b.mean(); });
        Sum left;
        double most = 0;
        for (const Sum& sum : sums_) {
            left.add(sum);
            most = std::max(most, left.gain() + all.less(left).gain());
        }
        return most;
    }

    /// The ways to part the box by a factor: between neighbours in the order of the levels or of their means, and one
    /// level from all others.
    std::vector<Part> parts_by(std::size_t factor, const Box& box, std::span<const std::size_t> places) const {
        std::vector<Sum> sums(factors_[factor].levels);
        for (const std::size_t place : places)
            sums[trials_[place].levels[factor]].add({.score = trials_[place].score, .count = 1});
        const Sum all = sum_of(places);
        std::vector<std::size_t> levels;  // of the box, those without trials too
        for (std::size_t level = 0; level < sums.size(); ++level)
            if (box[factor] >> level & 1) levels.push_back(level);
        if (!factors_[factor].ordered) {
            const auto mean = [&](std::size_t level) {
                return sums[level].count == 0 ? all.mean() : sums[level].mean();
            };
            std::stable_sort(levels.begin(), levels.end(),
                             [&](std::size_t a, std::size_t b) { return mean(a) < mean(b); });
        }
        std::vector<Part> parts;
        const auto consider = [&](const Sum& left, std::uint64_t bits) {
            const Sum right = all.less(left);
            if (left.count > 0 && right.count > 0)
                parts.push_back({.factor = factor, .levels = bits, .gain = left.gain() + right.gain()});
        };
        Sum left;
        std::uint64_t bits = 0;
        for (const std::size_t level : levels) {
            left.add(sums[level]);
            bits |= std::uint64_t{1} << level;
            consider(left, bits);
        }
        if (!factors_[factor].ordered)
            for (std::size_t i = 1; i + 1 < levels.size(); ++i)
                consider(sums[levels[i]], std::uint64_t{1} << levels[i]);
        return parts;
    }

    std::span<const Factor> factors_;
    std::span<const FactorTrial> trials_;
    RandomStream& random_;
    std::vector<std::size_t> order_;         // of factors; those drawn first
    std::vector<Sum> sums_;                  // of best_gain()
    std::vector<std::size_t> left_, right_;  // of gain_ahead()
};

}  // namespace

Tree grow_tree(std::span<const Factor> factors, std::span<const FactorTrial> trials, std::vector<std::size_t> places,
               RandomStream& random) {
    Box box;
    for (const Factor& factor : factors)
        box.push_back(factor.levels == kMostLevels ? ~std::uint64_t{0} : (std::uint64_t{1} << factor.levels) - 1);
    Tree tree;
    Grower(factors, trials, random).grow(std::move(box), places, tree);
    return tree;
}

double predict(const Tree& tree, const std::vector<std::size_t>& levels) {
    for (const Leaf& leaf : tree) {
        bool inside = true;
        for (std::size_t i = 0; i < levels.size() && inside; ++i) inside = (leaf.box[i] >> levels[i] & 1) != 0;
        if (inside) return leaf.score;
    }
    return 0;
}

}  // namespace inkling
