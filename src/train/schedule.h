#pragma once

#include <cstdint>

#include "train/recipe.h"

namespace inkling {

/// The learning rate of every step of a training: a function of the step, except reduce-on-plateau's, which also hears
/// the validation loss of each epoch. Values are those of torch.optim.lr_scheduler.
class Schedule {
  public:
    Schedule(const ScheduleSpec& spec, float learning_rate, int epochs, std::int64_t steps_per_epoch);

    /// For step 0 .. epochs*steps_per_epoch-1.
    float learning_rate(std::int64_t step) const;

    /// To be told once after each epoch, in order.
    void end_epoch(double validation_loss);

    /// Reduce-on-plateau's memory, saved in checkpoints.
    struct PlateauState {
        double factor = 1;  // learning rate now, relative to the first
        double best_loss = std::numeric_limits<double>::infinity();
        int bad_epochs = 0;
        int cooldown = 0;
    };
    const PlateauState& plateau() const { return plateau_; }
    void restore(const PlateauState& plateau) { plateau_ = plateau; }

  private:
    ScheduleSpec spec_;
    double learning_rate_;
    int epochs_;
    std::int64_t steps_per_epoch_;
    PlateauState plateau_;
};

const char* schedule_name(ScheduleKind kind);  // "one_cycle"

}  // namespace inkling
