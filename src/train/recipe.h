#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "data/augmentation.h"
#include "kernels/precision.h"
#include "nn/spec.h"

namespace inkling {

enum class OptimizerKind { kSgd, kAdam, kAdamw, kNadam, kRmsprop, kAdagrad, kAsgd, kLion };

/// An optimizer with PyTorch's names, meanings and defaults. Values that the kind does not use are ignored.
struct OptimizerSpec {
    OptimizerKind kind = OptimizerKind::kAdamw;
    float learning_rate = 1e-3f;
    float weight_decay = 0;               // adds to the gradient, but is decoupled in adamw and lion, as in PyTorch
    float momentum = 0;                   // sgd, rmsprop
    float dampening = 0;                  // sgd
    bool nesterov = false;                // sgd
    float beta1 = 0.9f;                   // adam, adamw, nadam, lion
    float beta2 = 0.999f;                 // adam, adamw, nadam; lion's default is 0.99
    float eps = 1e-8f;                    // adam, adamw, nadam, rmsprop; adagrad's default is 1e-10
    float alpha = 0.99f;                  // rmsprop; asgd's power for eta, default 0.75
    bool centered = false;                // rmsprop
    bool amsgrad = false;                 // adam, adamw
    float momentum_decay = 4e-3f;         // nadam
    float lr_decay = 0;                   // adagrad
    float initial_accumulator_value = 0;  // adagrad
    float lambd = 1e-4f;                  // asgd
    float t0 = 1e6f;                      // asgd
};

enum class ScheduleKind {
    kConstant,
    kStep,
    kMultistep,
    kExponential,
    kPolynomial,
    kCosine,
    kOneCycle,
    kReduceOnPlateau
};

/// A learning-rate schedule. step, multistep, exponential and reduce-on-plateau change between epochs; polynomial,
/// cosine and one-cycle at every step. Values that the kind does not use are ignored.
struct ScheduleSpec {
    ScheduleKind kind = ScheduleKind::kConstant;
    float warmup_epochs = 0;  // linear from warmup_start_factor to 1 over so many epochs, before any schedule
    float warmup_start_factor = 0.01f;
    int step_epochs = 1;           // step: StepLR's step_size, in epochs
    std::vector<int> milestones;   // multistep, in epochs
    float gamma = 0.1f;            // step, multistep; exponential's default is 0.9
    float power = 1;               // polynomial
    float min_learning_rate = 0;   // cosine (eta_min), reduce_on_plateau (min_lr)
    int restart_epochs = 0;        // cosine: first period (T_0), 0 for none
    int restart_factor = 1;        // cosine: T_mult
    float warmup_fraction = 0.3f;  // one_cycle: pct_start
    float initial_divisor = 25;    // one_cycle: div_factor
    float final_divisor = 1e4f;    // one_cycle: final_div_factor
    float plateau_factor = 0.1f;   // reduce_on_plateau: factor, on the validation loss
    int plateau_patience = 10;
    float plateau_threshold = 1e-4f;  // relative
    int plateau_cooldown = 0;
};

/// Penalties added to the loss: l1 * sum |w| + l2/2 * sum w^2, over weights; over biases and norms too if asked.
struct RegularizationSpec {
    float l1 = 0;
    float l2 = 0;
    bool biases_and_norms = false;  // holds for the optimizer's weight_decay too
};

/// Stops when the validation loss has not fallen by min_delta for `patience` epochs; the best epoch's weights are kept.
struct EarlyStoppingSpec {
    int patience = 0;  // 0: off
    float min_delta = 0;
};

/// In what a training's products are made. Weights, statistics and updates are 32-bit floats in all.
enum class PrecisionChoice {
    kFp32,
    kBf16,
    kAuto,  // bf16 where it runs, else fp32
};

struct TrainingSpec {
    int epochs = 8;
    int batch_size = 256;
    float label_smoothing = 0;
    double validation_fraction = 0.1;  // held out from the training part by class; 0: none
    float clip_grad_norm = 0;          // 0: off
    std::uint64_t seed = 0;
    PrecisionChoice precision = PrecisionChoice::kFp32;
    OptimizerSpec optimizer;
    ScheduleSpec schedule;
    RegularizationSpec regularization;
    AugmentationSpec augmentation;
    EarlyStoppingSpec early_stopping;
};

/// A whole recipe: what to train and how.
struct Recipe {
    std::string name;  // "cnn"; the file's stem
    NetworkSpec network;
    TrainingSpec training;
};

/// "fp32", "bf16" or "auto"
const char* precision_name(PrecisionChoice choice);

/// The choice that holds on this processor: kAuto becomes one of the others.
PrecisionChoice settled(PrecisionChoice choice);

/// What a network is made with.
Precision network_precision(PrecisionChoice choice);

/// PyTorch's defaults for the kind; lion's are its paper's.
OptimizerSpec default_optimizer(OptimizerKind kind);
ScheduleSpec default_schedule(ScheduleKind kind);

/// Reads a recipe from TOML. `overrides` are "section.key=value" from --set, applied before anything is checked; where
/// one changes a kind, keys in the file that only another kind knows are dropped. Throws Error (wrong usage) with file,
/// line (or override), key, what was found and what is expected; an unknown key names the nearest known.
Recipe read_recipe(const std::filesystem::path& path, std::span<const std::string> overrides = {});
Recipe parse_recipe(const std::string& toml, const std::string& source, std::span<const std::string> overrides = {});

/// The recipe as TOML with every value that applies; parse_recipe() of it gives the same recipe.
std::string to_toml(const Recipe& recipe);

}  // namespace inkling
