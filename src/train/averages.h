#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <variant>

#include "core/kinds.h"

namespace inkling {

/// Where a training stands when its weights are averaged: `step` of all `steps` is done.
struct AveragingMoment {
    std::int64_t step = 1;
    std::int64_t steps = 1;
    std::int64_t steps_per_epoch = 1;
};

/// Averages of the weights that stand for a network in place of its last ones, each with its name and keys in recipes,
/// its parameters, whether it has begun(), and weight(): what the newest weights count in the average at a moment, 1
/// where they begin it, 0 where it stays as it is.
namespace averaging {

struct None {
    static constexpr const char* kName = "none";
    bool begun(const AveragingMoment&) const { return false; }
    double weight(const AveragingMoment&) const { return 0; }
};

/// An exponential average over every so many steps, of shorter memory at first: at its n-th update the past counts
/// min(decay, (1 + n) / (10 + n)), as in TensorFlow's ExponentialMovingAverage.
struct Ema {
    static constexpr const char* kName = "ema";
    float decay = 0.999f;
    int every = 1;
    static constexpr std::array kKeys{
        ConfigKey<Ema>{.name = "decay", .member = &Ema::decay, .range = kFraction},
        ConfigKey<Ema>{.name = "every", .member = &Ema::every, .range = {1, 100000}},
    };
    bool begun(const AveragingMoment& at) const { return at.step >= every; }
    double weight(const AveragingMoment& at) const {
        if (at.step % every != 0) return 0;
        const std::int64_t updates = at.step / every;
        const auto update = static_cast<double>(updates);
        return update == 1 ? 1 : std::max(1 - double{decay}, 9 / (10 + update));
    }
};

/// The mean of the weights at the ends of the epochs behind `start` of the training. P. Izmailov et al., "Averaging
/// weights leads to wider optima and better generalization", 2018.
struct Swa {
    static constexpr const char* kName = "swa";
    float start = 0.75f;
    static constexpr std::array kKeys{
        ConfigKey<Swa>{.name = "start", .member = &Swa::start, .range = kFraction},
    };
    bool begun(const AveragingMoment& at) const { return counted(at) > 0; }
    double weight(const AveragingMoment& at) const {
        const std::int64_t count = counted(at);
        return at.step % at.steps_per_epoch == 0 && count > 0 ? 1 / static_cast<double>(count) : 0;
    }

  private:
    /// Epochs in the average.
    std::int64_t counted(const AveragingMoment& at) const {
        const double epochs = static_cast<double>(at.steps) / static_cast<double>(at.steps_per_epoch);
        const auto left_out = std::min(static_cast<std::int64_t>(start * epochs), at.steps / at.steps_per_epoch - 1);
        return std::max<std::int64_t>(at.step / at.steps_per_epoch - left_out, 0);
    }
};

}  // namespace averaging

using AveragingKind = std::variant<averaging::None, averaging::Ema, averaging::Swa>;

}  // namespace inkling
