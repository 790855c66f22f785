#include "kernels/cpu/updates.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "core/threads.h"
#include "kernels/cpu/orthogonalize.h"

namespace inkling::cpu {
namespace {

// Threads take whole blocks and a block is always worked in the same way, so that a compiler's vector loop and its
// remainder loop meet the same parameters whatever the number of threads.
constexpr std::size_t kBlock = 4096;
constexpr std::size_t kBlocksPerThread = 4;

// Element is called with a parameter, its prepared gradient and its slots; those that a rule lacks are never touched.
template <class Element>
void update_range(const Element element, const float scale, const float l1, const float l2, const float decay_factor,
                  const std::size_t count, float* __restrict parameters, const float* __restrict gradients,
                  float* __restrict slot0, float* __restrict slot1, float* __restrict slot2) {
    for (std::size_t i = 0; i < count; ++i) {
        const float weight = parameters[i];
        const auto sign = static_cast<float>((weight > 0) - (weight < 0));
        const float gradient = scale * gradients[i] + l1 * sign + l2 * weight;
        parameters[i] = element(weight * decay_factor, gradient, slot0[i], slot1[i], slot2[i]);
    }
}

/// Sums over a matrix.
struct Squares {
    double weights = 0;
    double moves = 0;
};

double sum_of_part(std::span<const float> values) {
    constexpr std::size_t kLanes = 16;
    std::array<double, kLanes> lanes{};
    std::size_t i = 0;
    for (; i + kLanes <= values.size(); i += kLanes)
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            lanes[lane] += double{values[i + lane]} * double{values[i + lane]};
    for (; i < values.size(); ++i) lanes[0] += double{values[i]} * double{values[i]};
    return std::accumulate(lanes.begin(), lanes.end(), 0.0);
}

struct Update {
    Penalties penalties;
    std::span<float> parameters;
    std::span<const float> gradients;
    std::span<float> state;
    std::size_t first = 0;  // of the parameters that are updated, up to `last`
    std::size_t last = 0;

    float* slot(std::size_t index, std::size_t begin) const {
        const std::size_t offset = index * parameters.size();
        return (offset < state.size() ? state.data() + offset : parameters.data()) + begin;
    }

    template <class Element>
    void range(const Element element, const Penalties& p, std::size_t begin, std::size_t end, float* slot2) const {
        update_range(element, p.gradient_scale, p.l1, p.l2, p.decay_factor, end - begin, parameters.data() + begin,
                     gradients.data() + begin, slot(0, begin), slot(1, begin), slot2);
    }

    /// `slot2` is that of parameter `begin`.
    template <class Element>
    void work(const Element element, std::size_t begin, std::size_t end, float* slot2) const {
        const Penalties none{.gradient_scale = penalties.gradient_scale};
        const std::size_t border = std::clamp(penalties.regularized, begin, end);
        range(element, penalties, begin, border, slot2);
        range(element, none, border, end, slot2 + (border - begin));
    }

    std::size_t blocks() const { return (last - first + kBlock - 1) / kBlock; }

    template <class Element>
    void sweep(const Element element) const {
        parallel_for(blocks(), kBlocksPerThread, [&](std::size_t first_block, std::size_t last_block, int) {
            for (std::size_t block = first_block; block < last_block; ++block) {
                const std::size_t begin = first + block * kBlock;
                work(element, begin, std::min(begin + kBlock, last), slot(2, begin));
            }
        });
    }

    /// A sweep that adds up the squares of parameters and of what `element` puts into its last slot, which is then
    /// forgotten, in an order that depends on the number of parameters only.
    template <class Element>
    Squares sweep_and_add_up(const Element element) const {
        constexpr std::size_t kMostParts = 64;
        std::array<Squares, kMostParts> sums{};
        const std::size_t parts = std::min(kMostParts, blocks());
        const std::size_t grain = 1 + kBlocksPerThread * parts / (blocks() + 1);
        parallel_for(parts, grain, [&](std::size_t first_part, std::size_t last_part, int) {
            std::array<float, kBlock> moves{};
            for (std::size_t part = first_part; part < last_part; ++part)
                for (std::size_t block = blocks() * part / parts; block < blocks() * (part + 1) / parts; ++block) {
                    const std::size_t begin = first + block * kBlock;
                    const std::size_t count = std::min(kBlock, last - begin);
                    work(element, begin, begin + count, moves.data());
                    sums[part].weights += sum_of_part(parameters.subspan(begin, count));
                    sums[part].moves += sum_of_part(std::span(moves).first(count));
                }
        });
        return std::accumulate(sums.begin(), sums.end(), Squares(), [](const Squares& sum, const Squares& part) {
            return Squares{sum.weights + part.weights, sum.moves + part.moves};
        });
    }

    void operator()(const SgdRule& rule) const {
        const float learning_rate = rule.learning_rate;
        if (rule.momentum == 0) {
            sweep([=](float w, float g, float&, float&, float&) { return w - learning_rate * g; });
            return;
        }
        const float momentum = rule.momentum;
        // The first step puts the gradient into the buffer undampened.
        const float share = rule.step == 1 ? 1.0f : 1 - rule.dampening;
        const float from_gradient = rule.nesterov ? 1.0f : 0.0f;
        const float from_buffer = rule.nesterov ? momentum : 1.0f;
        sweep([=](float w, float g, float& buffer, float&, float&) {
            buffer = momentum * buffer + share * g;
            return w - learning_rate * (from_gradient * g + from_buffer * buffer);
        });
    }

    void operator()(const AdamRule& rule) const {
        const auto step = static_cast<double>(rule.step);
        const auto step_size = static_cast<float>(rule.learning_rate / (1 - std::pow(double{rule.beta1}, step)));
        const auto correction = static_cast<float>(1 / std::sqrt(1 - std::pow(double{rule.beta2}, step)));
        const float beta2 = rule.beta2, rest1 = 1 - rule.beta1, rest2 = 1 - rule.beta2, eps = rule.eps;
        if (rule.amsgrad) {
            sweep([=](float w, float g, float& mean, float& square, float& greatest) {
                mean += rest1 * (g - mean);
                square = beta2 * square + rest2 * g * g;
                greatest = greatest < square ? square : greatest;
                return w - step_size * mean / (std::sqrt(greatest) * correction + eps);
            });
        } else {
            sweep([=](float w, float g, float& mean, float& square, float&) {
                mean += rest1 * (g - mean);
                square = beta2 * square + rest2 * g * g;
                return w - step_size * mean / (std::sqrt(square) * correction + eps);
            });
        }
    }

    void operator()(const NadamRule& rule) const {
        const double rate = rule.learning_rate;
        const auto gradient_rate = static_cast<float>(rate * (1 - rule.mu) / (1 - rule.mu_product));
        const auto mean_rate = static_cast<float>(rate * rule.next_mu / (1 - rule.mu_product * rule.next_mu));
        const auto step = static_cast<double>(rule.step);
        const auto correction = static_cast<float>(1 / (1 - std::pow(double{rule.beta2}, step)));
        const float beta2 = rule.beta2, rest1 = 1 - rule.beta1, rest2 = 1 - rule.beta2, eps = rule.eps;
        sweep([=](float w, float g, float& mean, float& square, float&) {
            mean += rest1 * (g - mean);
            square = beta2 * square + rest2 * g * g;
            return w - (gradient_rate * g + mean_rate * mean) / (std::sqrt(square * correction) + eps);
        });
    }

    template <bool kCentered, bool kMomentum>
    void rmsprop(const RmspropRule& rule) const {
        const float learning_rate = rule.learning_rate, alpha = rule.alpha, rest = 1 - rule.alpha, eps = rule.eps;
        const float factor = rule.momentum;
        sweep([=](float w, float g, float& square, float& slot1, float& slot2) {
            square = alpha * square + rest * g * g;
            float variance = square;
            if constexpr (kCentered) {
                float& mean = slot1;
                mean += rest * (g - mean);
                // Rounding may take a steady gradient's variance below zero, where PyTorch's root is not a number.
                variance -= mean * mean;
                variance = variance > 0 ? variance : 0;
            }
            float change = g / (std::sqrt(variance) + eps);
            if constexpr (kMomentum) {
                float& buffer = kCentered ? slot2 : slot1;
                change = buffer = factor * buffer + change;
            }
            return w - learning_rate * change;
        });
    }

    void operator()(const RmspropRule& rule) const {
        if (rule.centered && rule.momentum > 0) return rmsprop<true, true>(rule);
        if (rule.centered) return rmsprop<true, false>(rule);
        if (rule.momentum > 0) return rmsprop<false, true>(rule);
        rmsprop<false, false>(rule);
    }

    void operator()(const AdagradRule& rule) const {
        const auto done = static_cast<double>(rule.step - 1);
        const auto rate = static_cast<float>(rule.learning_rate / (1 + done * rule.lr_decay));
        const float eps = rule.eps;
        sweep([=](float w, float g, float& sum, float&, float&) {
            sum += g * g;
            return w - rate * g / (std::sqrt(sum) + eps);
        });
    }

    void operator()(const AsgdRule& rule) const {
        const float eta = rule.eta, mu = rule.mu, rest = 1 - rule.mu;
        const auto shrink = static_cast<float>(1 - double{rule.lambd} * rule.eta);
        sweep([=](float w, float g, float& average, float&, float&) {
            const float updated = shrink * w - eta * g;
            average = rest * average + mu * updated;
            return updated;
        });
    }

    void operator()(const LionRule& rule) const {
        const float learning_rate = rule.learning_rate, rest1 = 1 - rule.beta1, rest2 = 1 - rule.beta2;
        sweep([=](float w, float g, float& mean, float&, float&) {
            const float blend = mean + rest1 * (g - mean);
            mean += rest2 * (g - mean);
            return w - learning_rate * static_cast<float>((blend > 0) - (blend < 0));
        });
    }

    void operator()(const AdadeltaRule& rule) const {
        const float learning_rate = rule.learning_rate, rho = rule.rho, rest = 1 - rule.rho, eps = rule.eps;
        sweep([=](float w, float g, float& square, float& square_change, float&) {
            square = rho * square + rest * g * g;
            const float change = std::sqrt((square_change + eps) / (square + eps)) * g;
            square_change = rho * square_change + rest * change * change;
            return w - learning_rate * change;
        });
    }

    void operator()(const RadamRule& rule) const {
        const auto step = static_cast<double>(rule.step);
        const double mean_rate = rule.learning_rate / (1 - std::pow(double{rule.beta1}, step));
        const double rectification = rule.rectification();
        const float beta2 = rule.beta2, rest1 = 1 - rule.beta1, rest2 = 1 - rule.beta2, eps = rule.eps;
        if (rectification == 0) {
            const auto step_size = static_cast<float>(mean_rate);
            sweep([=](float w, float g, float& mean, float& square, float&) {
                mean += rest1 * (g - mean);
                square = beta2 * square + rest2 * g * g;
                return w - step_size * mean;
            });
            return;
        }
        const double correction = std::sqrt(1 - std::pow(double{rule.beta2}, step));
        const auto step_size = static_cast<float>(mean_rate * rectification * correction);
        sweep([=](float w, float g, float& mean, float& square, float&) {
            mean += rest1 * (g - mean);
            square = beta2 * square + rest2 * g * g;
            return w - step_size * mean / (std::sqrt(square) + eps);
        });
    }

    /// The same for some of the parameters.
    Update of(std::size_t begin, std::size_t end) const {
        Update part = *this;
        part.first = begin;
        part.last = end;
        return part;
    }

    void operator()(const MuonRule& rule) const { move_matrices(rule, rule.others); }

    void operator()(const LambRule& rule) const { move_matrices(rule, rule.adam); }

    void operator()(const LarsRule& rule) const { move_matrices(rule, rule.sgd); }

  private:
    /// Moves the matrices by `rule`, and all between them by `others`.
    template <class Rule, class Others>
    void move_matrices(const Rule& rule, const Others& others) const {
        std::size_t behind = first;
        for (const MatrixPlace& matrix : rule.matrices) {
            of(behind, matrix.offset)(others);
            behind = matrix.offset + matrix.size();
            of(matrix.offset, behind).move(rule, matrix);
        }
        of(behind, last)(others);
    }

    void move(const MuonRule& rule, const MatrixPlace& matrix) const {
        const float rest = 1 - rule.momentum;
        const float from_gradient = rule.nesterov ? rest : 0.0f;
        const float from_buffer = rule.nesterov ? rule.momentum : 1.0f;
        sweep([=](float w, float g, float& buffer, float& direction, float&) {
            buffer += rest * (g - buffer);
            direction = from_gradient * g + from_buffer * buffer;
            return w;
        });
        const std::span<float> direction(slot(1, first), matrix.size());
        orthogonalize(direction, matrix.rows, matrix.columns, rule.ns_steps);
        const auto step = static_cast<float>(rule.learning_rate * rule.factor(matrix));
        for (std::size_t i = 0; i < direction.size(); ++i) parameters[first + i] -= step * direction[i];
    }

    /// The change is computed twice rather than kept: what it takes is read again in any case.
    void move(const LambRule& rule, const MatrixPlace&) const {
        const AdamRule& adam = rule.adam;
        const auto step = static_cast<double>(adam.step);
        const auto step_size = static_cast<float>(adam.learning_rate / (1 - std::pow(double{adam.beta1}, step)));
        const auto correction = static_cast<float>(1 / std::sqrt(1 - std::pow(double{adam.beta2}, step)));
        const float beta2 = adam.beta2, rest1 = 1 - adam.beta1, rest2 = 1 - adam.beta2, eps = adam.eps;
        const float decay = first < penalties.regularized ? 1 - penalties.decay_factor : 0.0f;
        const auto change = [=](float w, float mean, float square) {
            return step_size * mean / (std::sqrt(square) * correction + eps) + decay * w;
        };
        Update whole = *this;
        whole.penalties.decay_factor = 1;  // it is in the change
        const Squares squares = whole.sweep_and_add_up([=](float w, float g, float& mean, float& square, float& moved) {
            mean += rest1 * (g - mean);
            square = beta2 * square + rest2 * g * g;
            moved = change(w, mean, square);
            return w;
        });
        const auto ratio = static_cast<float>(rule.trust_ratio(std::sqrt(squares.weights), std::sqrt(squares.moves)));
        whole.sweep(
            [=](float w, float, float& mean, float& square, float&) { return w - ratio * change(w, mean, square); });
    }

    void move(const LarsRule& rule, const MatrixPlace& matrix) const {
        const double weights = std::sqrt(sum_of_squares(parameters.subspan(first, matrix.size())));
        const double gradient =
            penalties.gradient_scale * std::sqrt(sum_of_squares(gradients.subspan(first, matrix.size())));
        const float l2 = first < penalties.regularized ? penalties.l2 : 0.0f;
        const auto ratio = static_cast<float>(rule.trust_ratio(weights, gradient, l2));
        Update scaled = *this;
        for (float* factor : {&scaled.penalties.gradient_scale, &scaled.penalties.l1, &scaled.penalties.l2})
            *factor *= ratio;
        scaled(rule.sgd);
    }
};

}  // namespace

void update(const UpdateRule& rule, const Penalties& penalties, std::span<float> parameters,
            std::span<const float> gradients, std::span<float> state, ParameterRange range) {
    const std::size_t last = std::min(range.last, parameters.size());
    std::visit(Update{penalties, parameters, gradients, state, range.first, last}, rule);
}

double sum_of_squares(std::span<const float> values) {
    constexpr std::size_t kParts = 64;
    std::array<double, kParts> sums{};
    const std::size_t grain = 1 + kParts * kBlock / std::max<std::size_t>(values.size(), 1);
    parallel_for(kParts, grain, [&](std::size_t first, std::size_t last, int) {
        for (std::size_t part = first; part < last; ++part) {
            const std::size_t begin = values.size() * part / kParts;
            const std::size_t end = values.size() * (part + 1) / kParts;
            sums[part] = sum_of_part(values.subspan(begin, end - begin));
        }
    });
    return std::accumulate(sums.begin(), sums.end(), 0.0);
}

void average(float weight, std::span<const float> parameters, std::span<float> average) {
    constexpr std::size_t kGrain = 16384;
    parallel_for(parameters.size(), kGrain, [&](std::size_t first, std::size_t last, int) {
        for (std::size_t i = first; i < last; ++i) average[i] += weight * (parameters[i] - average[i]);
    });
}

}  // namespace inkling::cpu
