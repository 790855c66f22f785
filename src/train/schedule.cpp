#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"

namespace inkling {
namespace {

/// Half a cosine from `start` at fraction 0 to `end` at 1.
double anneal(double start, double end, double fraction) {
    return end + (start - end) / 2 * (1 + std::cos(std::numbers::pi * fraction));
}

double step_rate(const ScheduleSpec& spec, double rate, std::int64_t epoch) {
    const std::int64_t reductions = epoch / spec.step_epochs;
    return rate * std::pow(spec.gamma, static_cast<double>(reductions));
}

double multistep_rate(const ScheduleSpec& spec, double rate, std::int64_t epoch) {
    const auto passed = std::ranges::count_if(spec.milestones, [&](int milestone) { return milestone <= epoch; });
    return rate * std::pow(spec.gamma, static_cast<double>(passed));
}

double exponential_rate(const ScheduleSpec& spec, double rate, std::int64_t epoch) {
    return rate * std::pow(spec.gamma, static_cast<double>(epoch));
}

double polynomial_rate(const ScheduleSpec& spec, double rate, std::int64_t step, std::int64_t steps) {
    return rate * std::pow(1 - static_cast<double>(step) / static_cast<double>(steps), double{spec.power});
}

double cosine_rate(const ScheduleSpec& spec, double rate, std::int64_t step, std::int64_t period) {
    const bool restarts = spec.restart_epochs > 0;
    while (restarts && step >= period) {
        step -= period;
        period *= spec.restart_factor;
    }
    return anneal(rate, spec.min_learning_rate, static_cast<double>(step) / static_cast<double>(period));
}

double one_cycle_rate(const ScheduleSpec& spec, double rate, std::int64_t step, std::int64_t steps) {
    const double first = rate / spec.initial_divisor;
    const double last = first / spec.final_divisor;
    const double peak = static_cast<double>(steps) * spec.warmup_fraction - 1;
    const auto end = static_cast<double>(steps - 1);
    const auto now = static_cast<double>(step);
    if (now <= peak) return anneal(first, rate, peak > 0 ? now / peak : 1);
    return anneal(rate, last, (now - peak) / (end - peak));
}

}  // namespace

Schedule::Schedule(const ScheduleSpec& spec, float learning_rate, int epochs, std::int64_t steps_per_epoch)
    : spec_(spec),
      learning_rate_(learning_rate),
      steps_per_epoch_(steps_per_epoch),
      warmup_steps_(std::llround(static_cast<double>(spec.warmup_epochs) * static_cast<double>(steps_per_epoch))),
      last_step_(epochs * steps_per_epoch - 1),
      scheduled_steps_(std::max<std::int64_t>(last_step_ + 1 - warmup_steps_, 1)) {
    if (epochs < 1 || steps_per_epoch < 1)
        throw failed("a schedule needs 1 or more epochs and steps, got {} and {}", epochs, steps_per_epoch);
}

double Schedule::scheduled(std::int64_t step) const {
    const std::int64_t epoch = step / steps_per_epoch_;
    switch (spec_.kind) {
        case ScheduleKind::kConstant:
            return learning_rate_;
        case ScheduleKind::kStep:
            return step_rate(spec_, learning_rate_, epoch);
        case ScheduleKind::kMultistep:
            return multistep_rate(spec_, learning_rate_, epoch);
        case ScheduleKind::kExponential:
            return exponential_rate(spec_, learning_rate_, epoch);
        case ScheduleKind::kPolynomial:
            return polynomial_rate(spec_, learning_rate_, step, scheduled_steps_);
        case ScheduleKind::kCosine: {
            const bool restarts = spec_.restart_epochs > 0;
            return cosine_rate(spec_, learning_rate_, step,
                               restarts ? spec_.restart_epochs * steps_per_epoch_ : scheduled_steps_);
        }
        case ScheduleKind::kOneCycle:
            return one_cycle_rate(spec_, learning_rate_, step, scheduled_steps_);
        case ScheduleKind::kReduceOnPlateau:
            return learning_rate_ * plateau_.factor;
    }
    throw failed("unknown schedule kind {}", static_cast<int>(spec_.kind));
}

float Schedule::learning_rate(std::int64_t step) const {
    step = std::clamp<std::int64_t>(step, 0, last_step_);
    if (step >= warmup_steps_) return static_cast<float>(scheduled(step - warmup_steps_));
    const double start = spec_.warmup_start_factor;
    const double done = static_cast<double>(step) / static_cast<double>(warmup_steps_);
    return static_cast<float>(scheduled(0) * (start + (1 - start) * done));
}

void Schedule::end_epoch(double validation_loss) {
    if (spec_.kind != ScheduleKind::kReduceOnPlateau) return;
    if (validation_loss < plateau_.best_loss * (1 - double{spec_.plateau_threshold})) {
        plateau_.best_loss = validation_loss;
        plateau_.bad_epochs = 0;
    } else {
        ++plateau_.bad_epochs;
    }
    if (plateau_.cooldown > 0) {
        --plateau_.cooldown;
        plateau_.bad_epochs = 0;
    }
    if (plateau_.bad_epochs <= spec_.plateau_patience) return;
    plateau_.cooldown = spec_.plateau_cooldown;
    plateau_.bad_epochs = 0;
    const double rate = learning_rate_ * plateau_.factor;
    const double reduced = std::max(rate * spec_.plateau_factor, double{spec_.min_learning_rate});
    constexpr double kSmallestReduction = 1e-8;  // PyTorch's eps
    if (rate - reduced > kSmallestReduction) plateau_.factor = reduced / learning_rate_;
}

const char* schedule_name(ScheduleKind kind) {
    switch (kind) {
        case ScheduleKind::kConstant:
            return "constant";
        case ScheduleKind::kStep:
            return "step";
        case ScheduleKind::kMultistep:
            return "multistep";
        case ScheduleKind::kExponential:
            return "exponential";
        case ScheduleKind::kPolynomial:
            return "polynomial";
        case ScheduleKind::kCosine:
            return "cosine";
        case ScheduleKind::kOneCycle:
            return "one_cycle";
        case ScheduleKind::kReduceOnPlateau:
            return "reduce_on_plateau";
    }
    return "unknown";
}

}  // namespace inkling
