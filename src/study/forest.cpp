#include "study/forest.h"

#include <algorithm>
#include <bit>
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
    double count = 0;

    void add(const Sum& other) {
        score += other.score;
        count += other.count;
    }
    Sum less(const Sum& other) const { return {.score = score - other.score, .count = count - other.count}; }
    double mean() const { return count == 0 ? 0 : score / count; }
    /// What the mean takes off the squares, but for what is the same for all ways to part.
    double gain() const { return count == 0 ? 0 : score * score / count; }
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
    /// Scores and counts apart, so that a processor adds several at a time.
    struct Sums {
        std::vector<double> scores;
        std::vector<double> counts;
        std::vector<double> means = {};
        std::vector<double> gains = {};
        std::vector<double> bounds = {};  // by factor drawn

        Sum at(std::size_t i) const { return {.score = scores[i], .count = counts[i]}; }
    };

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
        for (std::size_t i = 0; i < drawn; ++i) {
            std::vector<Part> parts = parts_by(order_[i], box, places);
            if (ahead && !parts.empty()) cross(order_[i], places, drawn);
            for (Part& part : parts) {
                if (ahead) part.gain = gain_ahead(part, drawn, best.gain);
                if (part.gain > best.gain) best = part;
            }
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

    /// Fills the table: a row for each level of the factor, in it the sums by the levels of each factor drawn, one
    /// after another.
    void cross(std::size_t factor, std::span<const std::size_t> places, std::size_t drawn) {
        starts_.assign(1, 0);
        for (std::size_t i = 0; i < drawn; ++i) starts_.push_back(starts_.back() + factors_[order_[i]].levels);
        const std::size_t width = starts_.back();
        table_.scores.assign(factors_[factor].levels * width, 0);
        table_.counts.assign(factors_[factor].levels * width, 0);
        for (const std::size_t place : places) {
            const FactorTrial& trial = trials_[place];
            const std::size_t row = trial.levels[factor] * width;
            for (std::size_t i = 0; i < drawn; ++i) {
                const std::size_t cell = row + starts_[i] + trial.levels[order_[i]];
                table_.scores[cell] += trial.score;
                table_.counts[cell] += 1;
            }
        }
        gathered_ = 0;
        for (Sums* sums : {&whole_, &left_, &right_}) {
            sums->scores.assign(width, 0);
            sums->counts.assign(width, 0);
        }
        for (std::size_t row = 0; row < table_.scores.size(); row += width) {
            add(whole_.scores, {&table_.scores[row], width});
            add(whole_.counts, {&table_.counts[row], width});
        }
    }

    /// What the part gains together with the best part of either side, by the table of its factor; where that is sure
    /// to be no more than `least`, a bound of it that is not either.
    double gain_ahead(const Part& part, std::size_t drawn, double least) {
        gather(part.levels);
        double bound = 0;
        for (Sums* side : {&left_, &right_}) bound += bound_parts(*side, drawn);
        if (bound <= least) return bound;
        return best_gain(left_, drawn) + best_gain(right_, drawn);
    }

    /// Adds up the rows of these levels on the left and the others on the right. Parts mostly have one level more than
    /// the one before.
    void gather(std::uint64_t levels) {
        const std::size_t width = starts_.back();
        if ((gathered_ & ~levels) != 0) {
            left_.scores.assign(width, 0);
            left_.counts.assign(width, 0);
            gathered_ = 0;
        }
        for (std::uint64_t added = levels & ~gathered_; added != 0; added &= added - 1) {
            const std::size_t row = static_cast<std::size_t>(std::countr_zero(added)) * width;
            add(left_.scores, {&table_.scores[row], width});
            add(left_.counts, {&table_.counts[row], width});
        }
        gathered_ = levels;
        subtract(whole_.scores, left_.scores, right_.scores);
        subtract(whole_.counts, left_.counts, right_.counts);
    }

    static void add(std::span<double> to, std::span<const double> values) {
        for (std::size_t i = 0; i < to.size(); ++i) to[i] += values[i];
    }

    static void subtract(std::span<const double> from, std::span<const double> values, std::span<double> to) {
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = from[i] - values[i];
    }

    /// Keeps what each factor gains with each level on its own, which no part of it exceeds. Returns the most.
    double bound_parts(Sums& side, std::size_t drawn) const {
        const std::size_t width = starts_.back();
        side.means.resize(width);
        side.gains.resize(width);
        const double* const scores = side.scores.data();
        const double* const counts = side.counts.data();
        double* const means = side.means.data();
        double* const gains = side.gains.data();
        for (std::size_t i = 0; i < width; ++i) {
            means[i] = scores[i] / std::max(counts[i], 1.0);
            gains[i] = means[i] * scores[i];
        }
        side.bounds.clear();
        for (std::size_t i = 0; i < drawn; ++i)
            side.bounds.push_back(std::accumulate(side.gains.begin() + static_cast<std::ptrdiff_t>(starts_[i]),
                                                  side.gains.begin() + static_cast<std::ptrdiff_t>(starts_[i + 1]),
                                                  0.0));
        return *std::max_element(side.bounds.begin(), side.bounds.end());
    }

    /// Of a side, undivided or by its best part; the factor that may have it comes first.
    double best_gain(const Sums& side, std::size_t drawn) {
        Sum all;
        for (std::size_t i = 0; i < starts_[1]; ++i) all.add(side.at(i));
        const auto first =
            static_cast<std::size_t>(std::max_element(side.bounds.begin(), side.bounds.end()) - side.bounds.begin());
        double most = best_gain(side, first, all, all.gain());
        for (std::size_t i = 0; i < drawn; ++i)
            if (i != first && side.bounds[i] > most) most = best_gain(side, i, all, most);
        return most;
    }

    /// Likewise by one factor drawn, or `least` if that is more.
    double best_gain(const Sums& side, std::size_t drawn, const Sum& all, double least) {
        ranked_.clear();
        for (std::size_t i = starts_[drawn]; i < starts_[drawn + 1]; ++i)
            if (side.counts[i] > 0) ranked_.push_back(i);
        if (!factors_[order_[drawn]].ordered)
            std::sort(ranked_.begin(), ranked_.end(),
                      [&](std::size_t a, std::size_t b) { return side.means[a] < side.means[b]; });
        Sum left;
        double most = least;
        for (std::size_t i = 0; i + 1 < ranked_.size(); ++i) {
            left.add(side.at(ranked_[i]));
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
    std::vector<std::size_t> order_;   // of factors; those drawn first
    Sums table_;                       // of cross()
    std::vector<std::size_t> starts_;  // of the factors drawn in its rows, and where these end
    Sums whole_;                       // its rows added up
    std::uint64_t gathered_ = 0;       // levels of the rows on the left
    Sums left_, right_;                // of gain_ahead()
    std::vector<std::size_t> ranked_;  // of best_gain()
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
