#include "train/schedule.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace inkling {
namespace {

double warmup_epochs(const ScheduleSpec& spec, int epochs) {
    return spec.warmup_share > 0 ? double{spec.warmup_share} * epochs : double{spec.warmup_epochs};
}

}  // namespace

Schedule::Schedule(const ScheduleSpec& spec, float learning_rate, int epochs, std::int64_t steps_per_epoch)
    : spec_(spec),
      learning_rate_(learning_rate),
      steps_per_epoch_(steps_per_epoch),
      epochs_(epochs),
      warmup_steps_(std::llround(warmup_epochs(spec, epochs) * static_cast<double>(steps_per_epoch))),
      last_step_(epochs * steps_per_epoch - 1),
      scheduled_steps_(std::max<std::int64_t>(last_step_ + 1 - warmup_steps_, 1)) {
    if (epochs < 1 || steps_per_epoch < 1)
        throw failed("a schedule needs 1 or more epochs and steps, got {} and {}", epochs, steps_per_epoch);
}

double Schedule::scheduled(std::int64_t step) const {
    const ScheduleMoment at{.learning_rate = learning_rate_,
                            .step = step,
                            .steps = scheduled_steps_,
                            .steps_per_epoch = steps_per_epoch_,
                            .plateau = plateau_};
    return std::visit([&](const auto& kind) { return kind.rate(at); }, spec_.kind);
}

float Schedule::learning_rate(std::int64_t step) const {
    step = std::clamp<std::int64_t>(step, 0, last_step_);
    if (step >= warmup_steps_) return static_cast<float>(scheduled(step - warmup_steps_));
    const double start = spec_.warmup_start_factor;
    const double done = static_cast<double>(step) / static_cast<double>(warmup_steps_);
    return static_cast<float>(scheduled(0) * (start + (1 - start) * done));
}

void Schedule::end_epoch(int epoch, double validation_loss) {
    if ((epoch + 1) * steps_per_epoch_ <= warmup_steps_) return;
    const auto tell = [&]<class Kind>(const Kind& kind) {
        if constexpr (schedule::Watches<Kind>) kind.hear(validation_loss, learning_rate_, epochs_, plateau_);
    };
    std::visit(tell, spec_.kind);
}

bool watches_validation(const ScheduleKind& schedule) {
    return std::visit([]<class Kind>(const Kind&) { return schedule::Watches<Kind>; }, schedule);
}

}  // namespace inkling
