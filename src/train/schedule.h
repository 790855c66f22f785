#pragma once

#include <cstdint>
#include <limits>

#include "train/recipe.h"

namespace inkling {

/// The learning rate of every step of a training: a function of the step, except reduce-on-plateau's, which also hears
/// the validation loss of each epoch. Values are those of torch.optim.lr_scheduler:
///   step, multistep, exponential   StepLR, MultiStepLR, ExponentialLR, stepped after each epoch
///   reduce_on_plateau              ReduceLROnPlateau, stepped after each epoch, threshold_mode "rel"
///   polynomial, cosine, one_cycle  PolynomialLR, CosineAnnealingLR, OneCycleLR (momentum not cycled), stepped after
///                                  each step, with total_iters, T_max, total_steps = all steps
///   cosine with restarts           CosineAnnealingWarmRestarts with T_0 = restart_epochs, stepped after each step
/// Warm-up is SequentialLR([LinearLR, schedule]): the schedule begins, its epochs are counted and its length is taken
/// from the step at which warm-up ends; until then the rate climbs in a line from warmup_start_factor to 1 times the
/// schedule's first rate. A warm-up of a broken number of epochs takes the nearest number of steps. What
/// reduce-on-plateau hears during warm-up counts too.
class Schedule {
  public:
    Schedule(const ScheduleSpec& spec, float learning_rate, int epochs, std::int64_t steps_per_epoch);

    /// For step 0 .. epochs*steps_per_epoch-1; later ones get the last one's rate.
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
    double scheduled(std::int64_t step) const;

    ScheduleSpec spec_;
    double learning_rate_;
    std::int64_t steps_per_epoch_;
    std::int64_t warmup_steps_;
    std::int64_t last_step_;
    std::int64_t scheduled_steps_;  // those after warm-up
    PlateauState plateau_;
};

const char* schedule_name(ScheduleKind kind);  // "one_cycle"

}  // namespace inkling
