#pragma once

#include <cstdint>

#include "train/recipe.h"

namespace inkling {

/// The learning rate of every step of a training: a function of the step, but for a schedule that watches the
/// validation loss, which also hears that of each epoch. Warm-up is SequentialLR([LinearLR, schedule]): the schedule
/// begins, its epochs are counted and its length is taken from the step at which warm-up ends; until then the rate
/// climbs in a line from warmup_start_factor to 1 times the schedule's first rate. A warm-up of a broken number of
/// epochs takes the nearest number of steps. Losses of epochs that end within warm-up do not count.
class Schedule {
  public:
    Schedule(const ScheduleSpec& spec, float learning_rate, int epochs, std::int64_t steps_per_epoch);

    /// For step 0 .. epochs*steps_per_epoch-1; later ones get the last one's rate.
    float learning_rate(std::int64_t step) const;

    /// To be told once after each epoch, counted from 0.
    void end_epoch(int epoch, double validation_loss);

    const PlateauState& plateau() const { return plateau_; }
    void restore(const PlateauState& plateau) { plateau_ = plateau; }

  private:
    double scheduled(std::int64_t step) const;

    ScheduleSpec spec_;
    double learning_rate_;
    std::int64_t steps_per_epoch_;
    int epochs_;
    std::int64_t warmup_steps_;
    std::int64_t last_step_;
    std::int64_t scheduled_steps_;  // those after warm-up
    PlateauState plateau_;
};

/// Whether it watches the validation loss.
bool watches_validation(const ScheduleKind& schedule);

}  // namespace inkling
