#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <variant>
#include <vector>

#include "core/kinds.h"

namespace inkling {

/// What reduce-on-plateau knows of the training so far; saved in checkpoints.
struct PlateauState {
    double factor = 1;  // learning rate now, relative to the first
    double best_loss = std::numeric_limits<double>::infinity();
    int bad_epochs = 0;
    int cooldown = 0;
};

/// For when a schedule is asked. Steps are counted from 0, from the end of warm-up on.
struct ScheduleMoment {
    double learning_rate = 0;  // the recipe's
    std::int64_t step = 0;
    std::int64_t steps = 1;  // of the whole training, without warm-up
    std::int64_t steps_per_epoch = 1;
    PlateauState plateau;

    std::int64_t epoch() const { return step / steps_per_epoch; }
};

/// Learning-rate schedules, each with its name and keys in recipes, its parameters, and rate(), the learning rate at a
/// moment. Values are those of the class of torch.optim.lr_scheduler that is named: stepped after each epoch where the
/// rate depends on the epoch, else after each step. One that watches the validation loss hears it after each epoch.
namespace schedule {

inline constexpr Range kDivisor{1, 1e9};
inline constexpr Range kEpochs{1, 100000};
inline constexpr Range kEpochsOrNone{0, 100000};

/// Half a cosine from `start` at fraction 0 to `end` at 1.
inline double anneal(double start, double end, double fraction) {
    return end + (start - end) / 2 * (1 + std::cos(std::numbers::pi * fraction));
}

struct Constant {
    static constexpr const char* kName = "constant";
    double rate(const ScheduleMoment& at) const { return at.learning_rate; }
};

/// StepLR; with `step_fraction`, of steps that long a part of all of them.
struct Step {
    static constexpr const char* kName = "step";
    int step_epochs = 1;
    float step_fraction = 0;  // of all steps; 0: step_epochs holds
    float gamma = 0.1f;
    static constexpr std::array kKeys{
        ConfigKey<Step>{.name = "step_epochs", .member = &Step::step_epochs, .range = kEpochs},
        ConfigKey<Step>{
            .name = "step_fraction", .member = &Step::step_fraction, .range = kUnit, .in_place_of = "step_epochs"},
        ConfigKey<Step>{.name = "gamma", .member = &Step::gamma, .range = kPositiveFraction},
    };
    double rate(const ScheduleMoment& at) const { return at.learning_rate * std::pow(gamma, reductions(at)); }
    double reductions(const ScheduleMoment& at) const {
        if (step_fraction == 0) return std::floor(static_cast<double>(at.epoch()) / step_epochs);
        // Half a step on, so that each reduction comes at the nearest step.
        return std::floor((static_cast<double>(at.step) + 0.5) / (step_fraction * static_cast<double>(at.steps)));
    }
};

/// MultiStepLR
struct Multistep {
    static constexpr const char* kName = "multistep";
    std::vector<int> milestones;  // in epochs
    float gamma = 0.1f;
    static constexpr std::array kKeys{
        ConfigKey<Multistep>{.name = "milestones", .member = &Multistep::milestones, .range = kEpochs},
        ConfigKey<Multistep>{.name = "gamma", .member = &Multistep::gamma, .range = kPositiveFraction},
    };
    double rate(const ScheduleMoment& at) const {
        const auto passed = std::ranges::count_if(milestones, [&](int milestone) { return milestone <= at.epoch(); });
        return at.learning_rate * std::pow(gamma, static_cast<double>(passed));
    }
};

/// ExponentialLR; with `end_factor`, its gamma is what leaves so much of the rate after the last epoch.
struct Exponential {
    static constexpr const char* kName = "exponential";
    float gamma = 0.9f;
    float end_factor = 0;  // 0: gamma holds
    static constexpr std::array kKeys{
        ConfigKey<Exponential>{.name = "gamma", .member = &Exponential::gamma, .range = kPositiveFraction},
        ConfigKey<Exponential>{
            .name = "end_factor", .member = &Exponential::end_factor, .range = kUnit, .in_place_of = "gamma"},
    };
    double rate(const ScheduleMoment& at) const {
        const auto epoch = static_cast<double>(at.epoch());
        const double epochs = static_cast<double>(at.steps) / static_cast<double>(at.steps_per_epoch);
        return at.learning_rate * (end_factor > 0 ? std::pow(end_factor, epoch / epochs) : std::pow(gamma, epoch));
    }
};

/// PolynomialLR with total_iters = all steps
struct Polynomial {
    static constexpr const char* kName = "polynomial";
    float power = 1;
    static constexpr std::array kKeys{
        ConfigKey<Polynomial>{.name = "power", .member = &Polynomial::power, .range = kUpTo100},
    };
    double rate(const ScheduleMoment& at) const {
        const double done = static_cast<double>(at.step) / static_cast<double>(at.steps);
        return at.learning_rate * std::pow(1 - done, double{power});
    }
};

/// CosineAnnealingLR with T_max = all steps; with restarts, CosineAnnealingWarmRestarts with T_0 = restart_epochs.
struct Cosine {
    static constexpr const char* kName = "cosine";
    float min_learning_rate = 0;
    int restart_epochs = 0;  // the first period; 0: no restarts
    int restart_factor = 1;  // of each period's length by the one before
    static constexpr std::array kKeys{
        ConfigKey<Cosine>{.name = "min_learning_rate", .member = &Cosine::min_learning_rate, .range = kUpTo100},
        ConfigKey<Cosine>{.name = "restart_epochs", .member = &Cosine::restart_epochs, .range = kEpochsOrNone},
        ConfigKey<Cosine>{.name = "restart_factor", .member = &Cosine::restart_factor, .range = {1, 100}},
    };
    double rate(const ScheduleMoment& at) const {
        const bool restarts = restart_epochs > 0;
        std::int64_t period = restarts ? restart_epochs * at.steps_per_epoch : at.steps;
        std::int64_t step = at.step;
        while (restarts && step >= period) {
            step -= period;
            period *= restart_factor;
        }
        return anneal(at.learning_rate, min_learning_rate, static_cast<double>(step) / static_cast<double>(period));
    }
};

/// OneCycleLR with total_steps = all steps; the momentum is not cycled.
struct OneCycle {
    static constexpr const char* kName = "one_cycle";
    float warmup_fraction = 0.3f;  // of all steps, while the rate rises
    float initial_divisor = 25;    // of the recipe's rate by the first
    float final_divisor = 1e4f;    // of the first rate by the last
    static constexpr std::array kKeys{
        ConfigKey<OneCycle>{.name = "warmup_fraction", .member = &OneCycle::warmup_fraction, .range = kWithinFraction},
        ConfigKey<OneCycle>{.name = "initial_divisor", .member = &OneCycle::initial_divisor, .range = kDivisor},
        ConfigKey<OneCycle>{.name = "final_divisor", .member = &OneCycle::final_divisor, .range = kDivisor},
    };
    double rate(const ScheduleMoment& at) const {
        const double first = at.learning_rate / initial_divisor;
        const double last = first / final_divisor;
        const double peak = static_cast<double>(at.steps) * warmup_fraction - 1;
        const auto end = static_cast<double>(at.steps - 1);
        const auto now = static_cast<double>(at.step);
        if (now <= peak) return anneal(first, at.learning_rate, peak > 0 ? now / peak : 1);
        return anneal(at.learning_rate, last, (now - peak) / (end - peak));
    }
};

/// ReduceLROnPlateau with threshold_mode "rel"
struct ReduceOnPlateau {
    static constexpr const char* kName = "reduce_on_plateau";
    float min_learning_rate = 0;
    float factor = 0.1f;
    int patience = 10;            // in epochs
    float patience_fraction = 0;  // of all epochs, rounded to whole ones; 0: patience holds
    float threshold = 1e-4f;
    int cooldown = 0;
    static constexpr std::array kKeys{
        ConfigKey<ReduceOnPlateau>{
            .name = "min_learning_rate", .member = &ReduceOnPlateau::min_learning_rate, .range = kUpTo100},
        ConfigKey<ReduceOnPlateau>{.name = "factor", .member = &ReduceOnPlateau::factor, .range = kWithinFraction},
        ConfigKey<ReduceOnPlateau>{.name = "patience", .member = &ReduceOnPlateau::patience, .range = kEpochsOrNone},
        ConfigKey<ReduceOnPlateau>{.name = "patience_fraction",
                                   .member = &ReduceOnPlateau::patience_fraction,
                                   .range = kUnit,
                                   .in_place_of = "patience"},
        ConfigKey<ReduceOnPlateau>{.name = "threshold", .member = &ReduceOnPlateau::threshold, .range = kFraction},
        ConfigKey<ReduceOnPlateau>{.name = "cooldown", .member = &ReduceOnPlateau::cooldown, .range = kEpochsOrNone},
    };
    double rate(const ScheduleMoment& at) const { return at.learning_rate * at.plateau.factor; }

    /// `epochs` are those of the whole training.
    void hear(double validation_loss, double learning_rate, int epochs, PlateauState& plateau) const {
        const std::int64_t patient = patience_fraction > 0 ? std::llround(patience_fraction * epochs) : patience;
        if (validation_loss < plateau.best_loss * (1 - double{threshold})) {
            plateau.best_loss = validation_loss;
            plateau.bad_epochs = 0;
        } else {
            ++plateau.bad_epochs;
        }
        if (plateau.cooldown > 0) {
            --plateau.cooldown;
            plateau.bad_epochs = 0;
        }
        if (plateau.bad_epochs <= patient) return;
        plateau.cooldown = cooldown;
        plateau.bad_epochs = 0;
        const double now = learning_rate * plateau.factor;
        const double reduced = std::max(now * factor, double{min_learning_rate});
        constexpr double kSmallestReduction = 1e-8;  // PyTorch's eps
        if (now - reduced > kSmallestReduction) plateau.factor = reduced / learning_rate;
    }
};

/// Whether the schedule watches the validation loss.
template <class Kind>
concept Watches = requires(const Kind& kind, PlateauState& plateau) {
    kind.hear(1.0, 1.0, 1, plateau);
};

}  // namespace schedule

using ScheduleKind =
    std::variant<schedule::Constant, schedule::Step, schedule::Multistep, schedule::Exponential, schedule::Polynomial,
                 schedule::Cosine, schedule::OneCycle, schedule::ReduceOnPlateau>;

}  // namespace inkling
