#include "train/recipe.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "core/config_keys.h"
#include "core/files.h"
#include "core/text.h"
#include "core/toml_text.h"
#include "kernels/loss.h"
#include "nn/network.h"
#include "nn/processor.h"
#include "nn/spec_toml.h"

namespace inkling {
namespace {

constexpr Range kEpochs{1, 100000};
constexpr Range kEpochsOrNone{0, 100000};

constexpr std::array<ConfigKey<TrainingSpec>, 8> kTrainingKeys{{
    {.name = "epochs", .member = &TrainingSpec::epochs, .range = kEpochs},
    {.name = "batch_size", .member = &TrainingSpec::batch_size, .range = {1, 65536}},
    {.name = "label_smoothing", .member = &TrainingSpec::label_smoothing, .range = kFraction},
    {.name = "validation_fraction", .member = &TrainingSpec::validation_fraction, .range = {0, 0.9}},
    {.name = "synthetic_fill", .member = &TrainingSpec::synthetic_fill, .range = {0, 1}},
    {.name = "calibrate", .member = &TrainingSpec::calibrate},
    {.name = "clip_grad_norm", .member = &TrainingSpec::clip_grad_norm, .range = {0, 1e6}},
    // Up to 2^53, so that programs that keep all numbers as double can read it.
    {.name = "seed", .member = &TrainingSpec::seed, .range = {0, 0x1p53}},
}};

/// All optimizers have these.
constexpr std::array kOptimizerKeys{
    ConfigKey<OptimizerSpec>{.name = "learning_rate",
                             .member = &OptimizerSpec::learning_rate,
                             .range = {.least = 0, .most = 100, .without_least = true}},
    ConfigKey<OptimizerSpec>{.name = "weight_decay", .member = &OptimizerSpec::weight_decay, .range = kUpTo100},
    ConfigKey<OptimizerSpec>{.name = "layer_decay", .member = &OptimizerSpec::layer_decay, .range = kPositiveFraction},
};

/// All optimizers have these too; written only where they change something.
constexpr std::array kScalingKeys{
    ConfigKey<OptimizerSpec>{.name = "base_batch_size", .member = &OptimizerSpec::base_batch_size, .range = {0, 65536}},
    ConfigKey<OptimizerSpec>{
        .name = "batch_size_power", .member = &OptimizerSpec::batch_size_power, .range = kPositiveFraction},
};

/// All schedules have these.
constexpr std::array kScheduleKeys{
    ConfigKey<ScheduleSpec>{.name = "warmup_epochs", .member = &ScheduleSpec::warmup_epochs, .range = kEpochsOrNone},
    ConfigKey<ScheduleSpec>{
        .name = "warmup_share", .member = &ScheduleSpec::warmup_share, .range = kUnit, .in_place_of = "warmup_epochs"},
    ConfigKey<ScheduleSpec>{
        .name = "warmup_start_factor", .member = &ScheduleSpec::warmup_start_factor, .range = kPositiveFraction},
};

constexpr std::array<ConfigKey<RegularizationSpec>, 3> kRegularizationKeys{{
    {.name = "l1", .member = &RegularizationSpec::l1, .range = kUpTo100},
    {.name = "l2", .member = &RegularizationSpec::l2, .range = kUpTo100},
    {.name = "biases_and_norms", .member = &RegularizationSpec::biases_and_norms},
}};

constexpr std::array<ConfigKey<AugmentationSpec>, 15> kAugmentationKeys{{
    {.name = "rotation", .member = &AugmentationSpec::rotation, .range = {0, 180}},
    {.name = "scale", .member = &AugmentationSpec::scale, .range = {0, 0.9}},
    {.name = "shear", .member = &AugmentationSpec::shear, .range = kUnit},
    {.name = "translation", .member = &AugmentationSpec::translation, .range = kUpTo100},
    {.name = "elastic_alpha", .member = &AugmentationSpec::elastic_alpha, .range = {0, 1000}},
    {.name = "elastic_sigma", .member = &AugmentationSpec::elastic_sigma, .range = {1, 100}},
    {.name = "perspective", .member = &AugmentationSpec::perspective, .range = kUnit},
    {.name = "thickness", .member = &AugmentationSpec::thickness, .range = kUnit},
    {.name = "blur", .member = &AugmentationSpec::blur, .range = kUnit},
    {.name = "erasing", .member = &AugmentationSpec::erasing, .range = kUnit},
    {.name = "erasing_side", .member = &AugmentationSpec::erasing_side, .range = kPositiveFraction},
    {.name = "noise", .member = &AugmentationSpec::noise, .range = kUnit},
    {.name = "mixup", .member = &AugmentationSpec::mixup, .range = kUpTo100},
    {.name = "cutmix", .member = &AugmentationSpec::cutmix, .range = kUpTo100},
    {.name = "mix_probability", .member = &AugmentationSpec::mix_probability, .range = kUnit},
}};

constexpr std::array<ConfigKey<EarlyStoppingSpec>, 2> kEarlyStoppingKeys{{
    {.name = "patience", .member = &EarlyStoppingSpec::patience, .range = kEpochsOrNone},
    {.name = "min_delta", .member = &EarlyStoppingSpec::min_delta, .range = kUpTo100},
}};

constexpr std::array<ConfigKey<DistillationSpec>, 2> kDistillationKeys{{
    {.name = "weight", .member = &DistillationSpec::weight, .range = kUnit},
    {.name = "temperature",
     .member = &DistillationSpec::temperature,
     .range = {.least = 0, .most = 100, .without_least = true}},
}};
constexpr std::size_t kMostTeachers = 16;

std::vector<std::string> precision_names() {
    return {precision_name(PrecisionChoice::kFp32), precision_name(PrecisionChoice::kBf16),
            precision_name(PrecisionChoice::kAuto)};
}

OptimizerSpec read_optimizer(Config config) {
    OptimizerSpec spec = default_optimizer(choose_kind<OptimizerKind>(config, "kind", optimizer::Adamw()));
    read_keys(config, kOptimizerKeys, spec);
    read_keys(config, kScalingKeys, spec);
    if (spec.base_batch_size == 0)
        config.refuse("batch_size_power", "base_batch_size", "means nothing without a base_batch_size");
    read_kind(config, "kind", spec.kind);
    spec.groups = read_groups(config);
    config.finish();
    check_optimizer(config, spec.kind);
    const auto has_kind = [](const ParameterGroup& group) { return group.kind.has_value(); };
    if (std::holds_alternative<optimizer::Asgd>(spec.kind) && std::ranges::any_of(spec.groups, has_kind))
        throw config.error("kind", "cannot be asgd, whose average is of all parameters, beside groups of other kinds");
    return spec;
}

std::vector<std::string> write_scaling(const TrainingSpec& training) {
    if (training.optimizer.base_batch_size == 0) return {};
    std::vector<std::string> lines = write_keys(kScalingKeys, training.optimizer);
    lines.push_back(fmt::format("# of a batch of {}, the learning rate is {}", training.batch_size,
                                scaled_learning_rate(training, training.batch_size)));
    return lines;
}

// What contradicts itself or the rest of the training, though each value is in its range.

template <class Kind>
void check_schedule(const Config& config, const Kind& kind, const TrainingSpec& training, const ScheduleSpec&) {
    if constexpr (requires { kind.min_learning_rate; })
        if (const float rate = scaled_learning_rate(training, training.batch_size); kind.min_learning_rate > rate)
            throw config.error(
                "min_learning_rate",
                fmt::format("is {}, more than the {} of optimizer.learning_rate{}", kind.min_learning_rate, rate,
                            training.optimizer.base_batch_size > 0 ? " for this training.batch_size" : ""));
    if (schedule::Watches<Kind> && training.validation_fraction == 0)
        throw config.error("kind", fmt::format("{} needs a validation_fraction above 0 in [training]", Kind::kName));
}

void check_schedule(const Config& config, const schedule::Multistep& kind, const TrainingSpec&, const ScheduleSpec&) {
    for (std::size_t i = 1; i < kind.milestones.size(); ++i)
        if (kind.milestones[i] <= kind.milestones[i - 1])
            throw config.error("milestones",
                               fmt::format("must rise, but {} follows {}", kind.milestones[i], kind.milestones[i - 1]));
}

void check_schedule(const Config& config, const schedule::OneCycle&, const TrainingSpec& training,
                    const ScheduleSpec& spec) {
    const auto refuse = [&](const char* key, float value) {
        throw config.error(key, fmt::format("is {}, which leaves one_cycle no step, and it warms up by itself; leave "
                                            "this out, or train for longer",
                                            value));
    };
    if (spec.warmup_share == 1) refuse("warmup_share", spec.warmup_share);
    if (spec.warmup_share == 0 && spec.warmup_epochs == static_cast<float>(training.epochs))
        refuse("warmup_epochs", spec.warmup_epochs);
}

ScheduleSpec read_schedule(Config config, const TrainingSpec& training) {
    ScheduleSpec spec{choose_kind(config, "kind", ScheduleKind())};
    read_keys(config, kScheduleKeys, spec);
    read_kind(config, "kind", spec.kind);
    config.finish();
    if (spec.warmup_share == 0 && spec.warmup_epochs > static_cast<float>(training.epochs))
        throw config.error("warmup_epochs", fmt::format("is {}, more than the {} of training.epochs",
                                                        spec.warmup_epochs, training.epochs));
    std::visit([&](const auto& kind) { check_schedule(config, kind, training, spec); }, spec.kind);
    return spec;
}

AveragingSpec read_averaging(Config config) {
    AveragingSpec spec{choose_kind(config, "kind", AveragingKind())};
    read_kind(config, "kind", spec.kind);
    config.finish();
    return spec;
}

EarlyStoppingSpec read_early_stopping(Config config, const TrainingSpec& training) {
    EarlyStoppingSpec spec;
    read_keys(config, kEarlyStoppingKeys, spec);
    config.finish();
    if (spec.patience > 0 && training.validation_fraction == 0)
        throw config.error("patience", "needs a validation_fraction above 0 in [training]");
    return spec;
}

DistillationSpec read_distillation(Config config) {
    DistillationSpec spec;
    if (config.has("teachers") && !config.is_array("teachers"))
        spec.teachers = {config.string("teachers", {})};
    else
        spec.teachers = config.strings("teachers", {}, kMostTeachers);
    if (std::ranges::count(spec.teachers, "") > 0)
        throw config.error("teachers", "names nothing, expected runs' folders or files of weights");
    read_keys(config, kDistillationKeys, spec);
    config.finish();
    return spec;
}

std::vector<std::string> write_distillation(const DistillationSpec& spec) {
    std::vector<std::string> teachers(spec.teachers.size());
    std::transform(spec.teachers.begin(), spec.teachers.end(), teachers.begin(), toml_text);
    std::vector<std::string> lines = write_keys(kDistillationKeys, spec);
    lines.insert(lines.begin(), fmt::format("teachers = [{}]", fmt::join(teachers, ", ")));
    return lines;
}

const std::vector<std::string> kPriorNames = {"as_is", "balanced"};
const std::vector<std::string> kPriorByNames = {"logit_adjustment", "class_weights", "sampling"};

PriorSpec read_prior(Config& training) {
    PriorSpec spec;
    if (training.is_array("prior")) {
        spec.kind = PriorKind::kList;
        spec.shares =
            training.numbers("prior", {}, {.least = 0, .most = 1e9, .without_least = true}, kernels::kMaxClasses);
    } else {
        spec.kind = static_cast<PriorKind>(training.choice("prior", 0, kPriorNames));
    }
    spec.by = static_cast<PriorBy>(training.choice("prior_by", 0, kPriorByNames));
    if (spec.kind == PriorKind::kAsIs) training.refuse("prior_by", "prior", "is not for as_is");
    return spec;
}

std::vector<std::string> write_prior(const PriorSpec& spec) {
    if (spec.kind == PriorKind::kAsIs) return {"prior = \"as_is\""};
    return {spec.kind == PriorKind::kList ? fmt::format("prior = [{}]", fmt::join(spec.shares, ", "))
                                          : fmt::format("prior = \"{}\"", kPriorNames[1]),
            fmt::format("prior_by = \"{}\"", kPriorByNames[static_cast<std::size_t>(spec.by)])};
}

TrainingSpec read_training(Config& recipe) {
    TrainingSpec spec;
    Config training = recipe.table("training");
    read_keys(training, kTrainingKeys, spec);
    spec.precision = static_cast<PrecisionChoice>(
        training.choice("precision", static_cast<std::size_t>(spec.precision), precision_names()));
    spec.prior = read_prior(training);
    spec.sync_batch_norm = training.boolean("sync_batch_norm", spec.sync_batch_norm);
    training.finish();
    spec.optimizer = read_optimizer(recipe.table("optimizer"));
    spec.schedule = read_schedule(recipe.table("schedule"), spec);
    Config regularization = recipe.table("regularization");
    read_keys(regularization, kRegularizationKeys, spec.regularization);
    regularization.finish();
    spec.averaging = read_averaging(recipe.table("averaging"));
    Config augmentation = recipe.table("augmentation");
    read_keys(augmentation, kAugmentationKeys, spec.augmentation);
    augmentation.finish();
    spec.early_stopping = read_early_stopping(recipe.table("early_stopping"), spec);
    spec.distillation = read_distillation(recipe.table("distillation"));
    return spec;
}

std::string read_name(Config& recipe, const std::string& source) {
    const std::string stem = std::filesystem::path(source).stem().string();
    std::string name = recipe.string("name", stem.empty() || !is_utf8(stem) ? "recipe" : stem);
    if (name.empty() || name.size() > 255 || name.find('/') != std::string::npos)
        throw recipe.error("name", "is empty, longer than 255 bytes, or has a slash");
    return name;
}

template <class Keys>
std::vector<std::string> names_of(const Keys& keys) {
    std::vector<std::string> names(std::size(keys));
    std::transform(std::begin(keys), std::end(keys), names.begin(), [](const auto& key) { return key.name; });
    return names;
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

PrecisionChoice automatic_precision() {
    return runs_natively(Precision::kBfloat16) ? PrecisionChoice::kAuto : PrecisionChoice::kFp32;
}

PrecisionChoice settled_precision(const Recipe& recipe, int classes, PrecisionChoice automatic) {
    if (recipe.training.precision != PrecisionChoice::kAuto) return recipe.training.precision;
    if (automatic != PrecisionChoice::kAuto) return automatic;
    const OperationCount count = count_operations(recipe.network, classes);
    return 2 * count.winograd < count.training ? PrecisionChoice::kBf16 : PrecisionChoice::kFp32;
}

Precision network_precision(const Recipe& recipe, int classes) {
    return settled_precision(recipe, classes) == PrecisionChoice::kBf16 ? Precision::kBfloat16 : Precision::kFloat32;
}

float scaled_learning_rate(const TrainingSpec& training, int batch_size) {
    const OptimizerSpec& optimizer = training.optimizer;
    if (optimizer.base_batch_size == 0) return optimizer.learning_rate;
    const double ratio = double(batch_size) / optimizer.base_batch_size;
    return static_cast<float>(optimizer.learning_rate * std::pow(ratio, double{optimizer.batch_size_power}));
}

OptimizerSpec default_optimizer(const OptimizerKind& kind) {
    return std::visit(
        [&](const auto& chosen) {
            return OptimizerSpec{kind, chosen.kLearningRate, chosen.kWeightDecay};
        },
        kind);
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
    // Names and kinds of tensors are the same for any number of classes.
    if (!recipe.training.optimizer.groups.empty())
        check_groups(recipe.training.optimizer.groups, parameter_layout(recipe.network, 1));
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

PriorSpec parse_prior(const std::string& value, const std::string& source) {
    const bool is_list = value.starts_with('[');
    Config config = Config::parse("prior = " + (is_list ? value : toml_text(value)), source);
    PriorSpec spec = read_prior(config);
    config.finish();
    return spec;
}

std::vector<std::string> recipe_keys() {
    std::vector<std::string> all;
    const auto add = [&](const std::string& section, const std::vector<std::string>& names) {
        for (const std::string& name : names) all.push_back(fmt::format("{}.{}", section, name));
    };
    add("network", network_keys());
    add("training", names_of(kTrainingKeys));
    add("training", {"precision", "prior", "prior_by", "sync_batch_norm"});
    add("optimizer", {"kind"});
    add("optimizer", names_of(kOptimizerKeys));
    add("optimizer", names_of(kScalingKeys));
    add("optimizer", {"groups"});
    add("optimizer", key_names<OptimizerKind>());
    add("schedule", {"kind"});
    add("schedule", names_of(kScheduleKeys));
    add("schedule", key_names<ScheduleKind>());
    add("regularization", names_of(kRegularizationKeys));
    add("averaging", {"kind"});
    add("averaging", key_names<AveragingKind>());
    add("augmentation", names_of(kAugmentationKeys));
    add("early_stopping", names_of(kEarlyStoppingKeys));
    add("distillation", {"teachers"});
    add("distillation", names_of(kDistillationKeys));
    return all;
}

std::string to_toml(const Recipe& recipe) {
    const TrainingSpec& training = recipe.training;
    const OptimizerSpec& optimizer = training.optimizer;
    const ScheduleSpec& schedule = training.schedule;
    std::string text = fmt::format("name = {}\n\n{}", toml_text(recipe.name), to_toml(recipe.network));
    std::vector<std::string> lines = write_keys(kTrainingKeys, training);
    lines.push_back(fmt::format("precision = \"{}\"", precision_name(training.precision)));
    for (std::string& line : write_prior(training.prior)) lines.push_back(std::move(line));
    // Elsewhere it means nothing, and recipes of one process stay what they were before there was such a key.
    if (!training.sync_batch_norm) lines.emplace_back("sync_batch_norm = false");
    append_section(text, "training", "", lines);
    lines = write_keys(kOptimizerKeys, optimizer);
    for (std::string& line : write_scaling(training)) lines.push_back(std::move(line));
    for (std::string& line : write_kind(optimizer.kind)) lines.push_back(std::move(line));
    if (!optimizer.groups.empty()) lines.push_back(write_groups(optimizer.groups));
    append_section(text, "optimizer", name_of(optimizer.kind), lines);
    lines = write_keys(kScheduleKeys, schedule);
    for (std::string& line : write_kind(schedule.kind)) lines.push_back(std::move(line));
    append_section(text, "schedule", name_of(schedule.kind), lines);
    append_section(text, "regularization", "", write_keys(kRegularizationKeys, training.regularization));
    append_section(text, "averaging", name_of(training.averaging.kind), write_kind(training.averaging.kind));
    append_section(text, "augmentation", "", write_keys(kAugmentationKeys, training.augmentation));
    append_section(text, "early_stopping", "", write_keys(kEarlyStoppingKeys, training.early_stopping));
    if (!training.distillation.teachers.empty())
        append_section(text, "distillation", "", write_distillation(training.distillation));
    return text;
}

}  // namespace inkling
