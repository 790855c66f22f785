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
#include "train/averages.h"
#include "train/optimizers.h"
#include "train/parameter_groups.h"
#include "train/schedules.h"

namespace inkling {

struct OptimizerSpec {
    OptimizerKind kind = optimizer::Adamw{};
    float learning_rate = 1e-3f;
    float weight_decay = 0;   // adds to the gradient where the kind does not decouple it
    float layer_decay = 1;    // each layer's learning rate in the next one's
    int base_batch_size = 0;  // that learning_rate is for; 0: for any
    float batch_size_power = 1;
    std::vector<ParameterGroup> groups = {};
};

struct ScheduleSpec {
    ScheduleKind kind;        // constant, if nothing is said
    float warmup_epochs = 0;  // linear from warmup_start_factor to 1 over so many epochs, before any schedule
    float warmup_start_factor = 0.01f;
    float warmup_share = 0;  // warm-up as a part of all epochs; 0: warmup_epochs holds
};

/// Penalties added to the loss: l1 * sum |w| + l2/2 * sum w^2, over weights; over biases and norms too if asked.
struct RegularizationSpec {
    float l1 = 0;
    float l2 = 0;
    bool biases_and_norms = false;  // holds for the optimizer's weight_decay too
};

/// What stands for the network in place of its last weights.
struct AveragingSpec {
    AveragingKind kind;  // none, if nothing is said
};

/// Stops when the validation loss has not fallen by min_delta for `patience` epochs; the best epoch's weights are kept.
struct EarlyStoppingSpec {
    int patience = 0;  // 0: off
    float min_delta = 0;
};

/// Trained networks from which one learns besides from the labels: see LossRule.
struct DistillationSpec {
    std::vector<std::string> teachers = {};  // runs' folders or their files of weights, by path_text()
    float weight = 0.5f;                     // of the teachers in the loss
    float temperature = 4;                   // by which logits are divided, theirs and the network's

    bool active() const { return !teachers.empty() && weight > 0; }
};

/// How frequent a network takes its classes to be.
enum class PriorKind {
    kAsIs,      // as among the images that it learns from
    kBalanced,  // one as frequent as another
    kList,
};

/// How it comes to that while it learns from images whose classes come otherwise.
enum class PriorBy {
    kLogitAdjustment,  // the loss is taken of logits moved by log(share among the images / share assumed)
    kClassWeights,     // images weigh in the loss: share assumed / share among the images
    kSampling,         // an epoch draws classes in the shares assumed
};

struct PriorSpec {
    PriorKind kind = PriorKind::kAsIs;
    std::vector<double> shares = {};  // of kList, up to a factor: a number for each class
    PriorBy by = PriorBy::kLogitAdjustment;
};

/// In what a training's products are made. Weights, statistics and updates are 32-bit floats in all.
enum class PrecisionChoice {
    kFp32,
    kBf16,
    kAuto,  // settled by network and processor
};

struct TrainingSpec {
    int epochs = 8;
    int batch_size = 256;
    float label_smoothing = 0;
    double validation_fraction = 0.1;  // held out from the training part by class; 0: none
    float clip_grad_norm = 0;          // 0: off
    std::uint64_t seed = 0;
    PrecisionChoice precision = PrecisionChoice::kFp32;
    PriorSpec prior;
    double synthetic_fill = 0;    // thin classes get synthetic images up to this share of the largest class's; 0: none
    bool calibrate = false;       // scales the logits at the end by what the held-out images ask for
    bool sync_batch_norm = true;  // over all processes that share batches; else each norms its part
    OptimizerSpec optimizer;
    ScheduleSpec schedule;
    RegularizationSpec regularization;
    AveragingSpec averaging;
    AugmentationSpec augmentation;
    EarlyStoppingSpec early_stopping;
    DistillationSpec distillation;
};

/// A whole recipe: what to train and how.
struct Recipe {
    std::string name;  // "cnn"; the file's stem
    NetworkSpec network;
    TrainingSpec training;
};

/// "fp32", "bf16" or "auto"
const char* precision_name(PrecisionChoice choice);

/// What kAuto stands for on this processor: kFp32; with instructions for bf16 kAuto, which each network settles.
PrecisionChoice automatic_precision();

/// The precision that a recipe's training is in. kAuto stands for `automatic`; where that is kAuto too, for fp32 if
/// Winograd's algorithm, which bf16 lacks, does half or more of the multiply-adds, else for bf16.
PrecisionChoice settled_precision(const Recipe& recipe, int classes, PrecisionChoice automatic = automatic_precision());

/// What a network is made with.
Precision network_precision(const Recipe& recipe, int classes);

/// With the kind's usual learning rate and weight decay.
OptimizerSpec default_optimizer(const OptimizerKind& kind);

/// The learning rate that the schedule begins with in steps of so many images: the optimizer's, times (batch_size /
/// base_batch_size) to the power of batch_size_power. 1: P. Goyal et al., "Accurate, large minibatch SGD", 2017; 0.5:
/// S. Malladi et al., "On the SDEs and scaling rules for adaptive gradient algorithms", 2022.
float scaled_learning_rate(const TrainingSpec& training, int batch_size);

/// Reads a recipe from TOML. `overrides` are "section.key=value" from --set, applied before anything is checked; where
/// one changes a kind, keys in the file that only another kind knows are dropped. Throws Error (wrong usage) with file,
/// line (or override), key, what was found and what is expected; an unknown key names the nearest known.
Recipe read_recipe(const std::filesystem::path& path, std::span<const std::string> overrides = {});
Recipe parse_recipe(const std::string& toml, const std::string& source, std::span<const std::string> overrides = {});

/// `value` as `training.prior` may be: as_is, balanced or [1, 2, ...]. `source` names it in messages. Throws Error
/// (wrong usage).
PriorSpec parse_prior(const std::string& value, const std::string& source);

/// Every key of a recipe, as --set names it: "network.hidden".
std::vector<std::string> recipe_keys();

/// The recipe as TOML with every value that applies; parse_recipe() of it gives the same recipe.
std::string to_toml(const Recipe& recipe);

}  // namespace inkling
