#include "train/recipe.h"

#include <array>

#include "core/config_keys.h"
#include "core/files.h"
#include "core/text.h"
#include "core/toml_text.h"
#include "nn/network.h"
#include "nn/processor.h"
#include "nn/spec_toml.h"
#include "train/optimizer.h"
#include "train/schedule.h"

namespace inkling {
namespace {

using enum OptimizerKind;
using enum ScheduleKind;

constexpr Range kFraction{.least = 0, .most = 1, .without_most = true};
constexpr Range kPositiveFraction{.least = 0, .most = 1, .without_least = true};
constexpr Range kWithinFraction{.least = 0, .most = 1, .without_least = true, .without_most = true};
constexpr Range kUnit{0, 1};
constexpr Range kPenalty{0, 100};
constexpr Range kEpochs{1, 100000};
constexpr Range kEpochsOrNone{0, 100000};

constexpr std::array<ConfigKey<TrainingSpec>, 6> kTrainingKeys{{
    {.name = "epochs", .member = &TrainingSpec::epochs, .range = kEpochs},
    {.name = "batch_size", .member = &TrainingSpec::batch_size, .range = {1, 65536}},
    {.name = "label_smoothing", .member = &TrainingSpec::label_smoothing, .range = kFraction},
    {.name = "validation_fraction", .member = &TrainingSpec::validation_fraction, .range = {0, 0.9}},
    {.name = "clip_grad_norm", .member = &TrainingSpec::clip_grad_norm, .range = {0, 1e6}},
    // Up to 2^53, so that programs that keep all numbers as double can read it.
    {.name = "seed", .member = &TrainingSpec::seed, .range = {0, 0x1p53}},
}};

constexpr std::array<ConfigKey<OptimizerSpec>, 15> kOptimizerKeys{{
    {.name = "learning_rate",
     .member = &OptimizerSpec::learning_rate,
     .range = {.least = 0, .most = 100, .without_least = true}},
    {.name = "weight_decay", .member = &OptimizerSpec::weight_decay, .range = kPenalty},
    {.name = "momentum", .member = &OptimizerSpec::momentum, .range = kFraction, .kinds = kind_bits({kSgd, kRmsprop})},
    {.name = "dampening", .member = &OptimizerSpec::dampening, .range = kUnit, .kinds = kind_bits({kSgd})},
    {.name = "nesterov", .member = &OptimizerSpec::nesterov, .kinds = kind_bits({kSgd})},
    {.name = "betas",
     .member = ConfigKey<OptimizerSpec>::Pair{&OptimizerSpec::beta1, &OptimizerSpec::beta2},
     .range = kFraction,
     .kinds = kind_bits({kAdam, kAdamw, kNadam, kLion})},
    {.name = "eps",
     .member = &OptimizerSpec::eps,
     .range = kPositiveFraction,
     .kinds = kind_bits({kAdam, kAdamw, kNadam, kRmsprop, kAdagrad})},
    {.name = "alpha", .member = &OptimizerSpec::alpha, .range = kFraction, .kinds = kind_bits({kRmsprop, kAsgd})},
    {.name = "centered", .member = &OptimizerSpec::centered, .kinds = kind_bits({kRmsprop})},
    {.name = "amsgrad", .member = &OptimizerSpec::amsgrad, .kinds = kind_bits({kAdam, kAdamw})},
    {.name = "momentum_decay", .member = &OptimizerSpec::momentum_decay, .range = kUnit, .kinds = kind_bits({kNadam})},
    {.name = "lr_decay", .member = &OptimizerSpec::lr_decay, .range = kPenalty, .kinds = kind_bits({kAdagrad})},
    {.name = "initial_accumulator_value",
     .member = &OptimizerSpec::initial_accumulator_value,
     .range = kPenalty,
     .kinds = kind_bits({kAdagrad})},
    {.name = "lambd", .member = &OptimizerSpec::lambd, .range = kUnit, .kinds = kind_bits({kAsgd})},
    {.name = "t0", .member = &OptimizerSpec::t0, .range = {0, 1e12}, .kinds = kind_bits({kAsgd})},
}};

constexpr std::array<ConfigKey<ScheduleSpec>, 16> kScheduleKeys{{
    {.name = "warmup_epochs", .member = &ScheduleSpec::warmup_epochs, .range = kEpochsOrNone},
    {.name = "warmup_start_factor", .member = &ScheduleSpec::warmup_start_factor, .range = kPositiveFraction},
    {.name = "step_epochs", .member = &ScheduleSpec::step_epochs, .range = kEpochs, .kinds = kind_bits({kStep})},
    {.name = "milestones", .member = &ScheduleSpec::milestones, .range = kEpochs, .kinds = kind_bits({kMultistep})},
    {.name = "gamma",
     .member = &ScheduleSpec::gamma,
     .range = kPositiveFraction,
     .kinds = kind_bits({kStep, kMultistep, kExponential})},
    {.name = "power", .member = &ScheduleSpec::power, .range = {0, 100}, .kinds = kind_bits({kPolynomial})},
    {.name = "min_learning_rate",
     .member = &ScheduleSpec::min_learning_rate,
     .range = {0, 100},
     .kinds = kind_bits({kCosine, kReduceOnPlateau})},
    {.name = "restart_epochs",
     .member = &ScheduleSpec::restart_epochs,
     .range = kEpochsOrNone,
     .kinds = kind_bits({kCosine})},
    {.name = "restart_factor",
     .member = &ScheduleSpec::restart_factor,
     .range = {1, 100},
     .kinds = kind_bits({kCosine})},
    {.name = "warmup_fraction",
     .member = &ScheduleSpec::warmup_fraction,
     .range = kWithinFraction,
     .kinds = kind_bits({kOneCycle})},
    {.name = "initial_divisor",
     .member = &ScheduleSpec::initial_divisor,
     .range = {1, 1e9},
     .kinds = kind_bits({kOneCycle})},
    {.name = "final_divisor",
     .member = &ScheduleSpec::final_divisor,
     .range = {1, 1e9},
     .kinds = kind_bits({kOneCycle})},
    {.name = "factor",
     .member = &ScheduleSpec::plateau_factor,
     .range = kWithinFraction,
     .kinds = kind_bits({kReduceOnPlateau})},
    {.name = "patience",
     .member = &ScheduleSpec::plateau_patience,
     .range = kEpochsOrNone,
     .kinds = kind_bits({kReduceOnPlateau})},
    {.name = "threshold",
     .member = &ScheduleSpec::plateau_threshold,
     .range = kFraction,
     .kinds = kind_bits({kReduceOnPlateau})},
    {.name = "cooldown",
     .member = &ScheduleSpec::plateau_cooldown,
     .range = kEpochsOrNone,
     .kinds = kind_bits({kReduceOnPlateau})},
}};

constexpr std::array<ConfigKey<RegularizationSpec>, 3> kRegularizationKeys{{
    {.name = "l1", .member = &RegularizationSpec::l1, .range = kPenalty},
    {.name = "l2", .member = &RegularizationSpec::l2, .range = kPenalty},
    {.name = "biases_and_norms", .member = &RegularizationSpec::biases_and_norms},
}};

constexpr std::array<ConfigKey<AugmentationSpec>, 6> kAugmentationKeys{{
    {.name = "rotation", .member = &AugmentationSpec::rotation, .range = {0, 180}},
    {.name = "scale", .member = &AugmentationSpec::scale, .range = {0, 0.9}},
    {.name = "shear", .member = &AugmentationSpec::shear, .range = kUnit},
    {.name = "translation", .member = &AugmentationSpec::translation, .range = {0, 100}},
    {.name = "elastic_alpha", .member = &AugmentationSpec::elastic_alpha, .range = {0, 1000}},
    {.name = "elastic_sigma", .member = &AugmentationSpec::elastic_sigma, .range = {1, 100}},
}};

constexpr std::array<ConfigKey<EarlyStoppingSpec>, 2> kEarlyStoppingKeys{{
    {.name = "patience", .member = &EarlyStoppingSpec::patience, .range = kEpochsOrNone},
    {.name = "min_delta", .member = &EarlyStoppingSpec::min_delta, .range = {0, 100}},
}};

template <class Spec, std::size_t kCount>
std::span<const ConfigKey<Spec>> all(const std::array<ConfigKey<Spec>, kCount>& keys) {
    return keys;
}

std::vector<std::string> optimizer_names() {
    std::vector<std::string> names;
    for (int i = 0; i <= static_cast<int>(kLion); ++i)
        names.emplace_back(optimizer_name(static_cast<OptimizerKind>(i)));
    return names;
}

std::vector<std::string> schedule_names() {
    std::vector<std::string> names;
    for (int i = 0; i <= static_cast<int>(kReduceOnPlateau); ++i)
        names.emplace_back(schedule_name(static_cast<ScheduleKind>(i)));
    return names;
}

std::vector<std::string> precision_names() {
    return {precision_name(PrecisionChoice::kFp32), precision_name(PrecisionChoice::kBf16),
            precision_name(PrecisionChoice::kAuto)};
}

OptimizerSpec read_optimizer(Config config) {
    const std::vector<std::string> names = optimizer_names();
    const std::size_t kind = config.choice("kind", static_cast<std::size_t>(kAdamw), names);
    OptimizerSpec spec = default_optimizer(static_cast<OptimizerKind>(kind));
    read_keys(config, all(kOptimizerKeys), spec, {kind, names});
    config.finish();
    if (spec.nesterov && (spec.momentum == 0 || spec.dampening != 0))
        throw config.error("nesterov", "needs a momentum above 0 and no dampening");
    return spec;
}

ScheduleSpec read_schedule(Config config, const TrainingSpec& training) {
    const std::vector<std::string> names = schedule_names();
    const std::size_t kind = config.choice("kind", static_cast<std::size_t>(kConstant), names);
    ScheduleSpec spec = default_schedule(static_cast<ScheduleKind>(kind));
    read_keys(config, all(kScheduleKeys), spec, {kind, names});
    config.finish();
    if (spec.warmup_epochs > static_cast<float>(training.epochs))
        throw config.error("warmup_epochs", fmt::format("is {}, more than the {} of training.epochs",
                                                        spec.warmup_epochs, training.epochs));
    if (spec.min_learning_rate > training.optimizer.learning_rate)
        throw config.error("min_learning_rate", fmt::format("is {}, more than the {} of optimizer.learning_rate",
                                                            spec.min_learning_rate, training.optimizer.learning_rate));
    for (std::size_t i = 1; i < spec.milestones.size(); ++i)
        if (spec.milestones[i] <= spec.milestones[i - 1])
            throw config.error("milestones",
                               fmt::format("must rise, but {} follows {}", spec.milestones[i], spec.milestones[i - 1]));
    if (spec.kind == kReduceOnPlateau && training.validation_fraction == 0)
        throw config.error("kind", "reduce_on_plateau needs a validation_fraction above 0 in [training]");
    return spec;
}

EarlyStoppingSpec read_early_stopping(Config config, const TrainingSpec& training) {
    EarlyStoppingSpec spec;
    read_keys(config, all(kEarlyStoppingKeys), spec);
    config.finish();
    if (spec.patience > 0 && training.validation_fraction == 0)
        throw config.error("patience", "needs a validation_fraction above 0 in [training]");
    return spec;
}

TrainingSpec read_training(Config& recipe) {
    TrainingSpec spec;
    Config training = recipe.table("training");
    read_keys(training, all(kTrainingKeys), spec);
    spec.precision = static_cast<PrecisionChoice>(
        training.choice("precision", static_cast<std::size_t>(spec.precision), precision_names()));
    training.finish();
    spec.optimizer = read_optimizer(recipe.table("optimizer"));
    spec.schedule = read_schedule(recipe.table("schedule"), spec);
    Config regularization = recipe.table("regularization");
    read_keys(regularization, all(kRegularizationKeys), spec.regularization);
    regularization.finish();
    Config augmentation = recipe.table("augmentation");
    read_keys(augmentation, all(kAugmentationKeys), spec.augmentation);
    augmentation.finish();
    spec.early_stopping = read_early_stopping(recipe.table("early_stopping"), spec);
    return spec;
}

std::string read_name(Config& recipe, const std::string& source) {
    const std::string stem = std::filesystem::path(source).stem().string();
    std::string name = recipe.string("name", stem.empty() || !is_utf8(stem) ? "recipe" : stem);
    if (name.empty() || name.size() > 255 || name.find('/') != std::string::npos)
        throw recipe.error("name", "is empty, longer than 255 bytes, or has a slash");
    return name;
}

void append_section(std::string& text, const char* section, const std::string& kind,
                    const std::vector<std::string>& lines) {
    text += fmt::format("\n[{}]\n", section);
    if (!kind.empty()) text += fmt::format("kind = \"{}\"\n", kind);
    for (const std::string& line : lines) text += line + "\n";
}

}  // namespace

const char* precision_name(PrecisionChoice choice) {
    switch (choice) {
        case PrecisionChoice::kFp32:
            return "fp32";
        case PrecisionChoice::kBf16:
            return "bf16";
        default:
            return "auto";
    }
}

PrecisionChoice settled(PrecisionChoice choice) {
    if (choice != PrecisionChoice::kAuto) return choice;
    return runs_here(Precision::kBfloat16) ? PrecisionChoice::kBf16 : PrecisionChoice::kFp32;
}

Precision network_precision(PrecisionChoice choice) {
    return settled(choice) == PrecisionChoice::kBf16 ? Precision::kBfloat16 : Precision::kFloat32;
}

OptimizerSpec default_optimizer(OptimizerKind kind) {
    OptimizerSpec spec;
    spec.kind = kind;
    if (kind == kAdamw) spec.weight_decay = 1e-2f;
    if (kind == kNadam) spec.learning_rate = 2e-3f;
    if (kind == kRmsprop || kind == kAdagrad || kind == kAsgd) spec.learning_rate = 1e-2f;
    if (kind == kAdagrad) spec.eps = 1e-10f;
    if (kind == kAsgd) spec.alpha = 0.75f;
    if (kind == kLion) {
        spec.learning_rate = 1e-4f;
        spec.beta2 = 0.99f;
    }
    return spec;
}

ScheduleSpec default_schedule(ScheduleKind kind) {
    ScheduleSpec spec;
    spec.kind = kind;
    if (kind == kExponential) spec.gamma = 0.9f;
    return spec;
}

Recipe parse_recipe(const std::string& toml, const std::string& source, std::span<const std::string> overrides) {
    Config config = Config::parse(toml, source, overrides);
    Recipe recipe;
    recipe.name = read_name(config, source);
    config.require("network");
    Config network = config.table("network");
    TrainingSpec training = read_training(config);
    config.finish();
    recipe.network = read_network(network);
    recipe.training = std::move(training);
    return recipe;
}

Recipe read_recipe(const std::filesystem::path& path, std::span<const std::string> overrides) {
    std::string text;
    try {
        text = read_text(path, kMaxConfigBytes);
    } catch (const Error& error) {
        // A recipe is part of the command, not of the data.
        throw wrong_usage("{}", error.what());
    }
    return parse_recipe(text, path.string(), overrides);
}

std::string to_toml(const Recipe& recipe) {
    const TrainingSpec& training = recipe.training;
    const OptimizerSpec& optimizer = training.optimizer;
    const ScheduleSpec& schedule = training.schedule;
    std::string text = fmt::format("name = {}\n\n{}", toml_text(recipe.name), to_toml(recipe.network));
    std::vector<std::string> lines = write_keys(all(kTrainingKeys), training);
    lines.push_back(fmt::format("precision = \"{}\"", precision_name(training.precision)));
    append_section(text, "training", "", lines);
    append_section(text, "optimizer", optimizer_name(optimizer.kind),
                   write_keys(all(kOptimizerKeys), optimizer, static_cast<std::size_t>(optimizer.kind)));
    append_section(text, "schedule", schedule_name(schedule.kind),
                   write_keys(all(kScheduleKeys), schedule, static_cast<std::size_t>(schedule.kind)));
    append_section(text, "regularization", "", write_keys(all(kRegularizationKeys), training.regularization));
    append_section(text, "augmentation", "", write_keys(all(kAugmentationKeys), training.augmentation));
    append_section(text, "early_stopping", "", write_keys(all(kEarlyStoppingKeys), training.early_stopping));
    return text;
}

}  // namespace inkling
