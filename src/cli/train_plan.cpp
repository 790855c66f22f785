#include "cli/train_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/recipes.h"
#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "core/text.h"
#include "core/threads.h"
#include "data/excluded_images.h"
#include "formats/load_dataset.h"
#include "train/optimizer.h"
#include "train/prior.h"
#include "train/schedule.h"
#include "train/teachers.h"
#include "train/training_checks.h"
#include "train/transfer.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;

/// A run that began without the test part goes on so.
JudgedBy judged_by(const TrainOptions& options, const std::optional<RunRecord>& record) {
    if (options.holdout) return JudgedBy::kValidation;
    if (options.no_test || options.find_lr) return JudgedBy::kNothing;
    return record ? record->judged_by : JudgedBy::kTest;
}

/// What --set and the options that are short for it replace in the recipe.
std::vector<std::string> overrides_of(const TrainOptions& options) {
    std::vector<std::string> overrides = options.overrides;
    const auto add = [&](const char* option, const std::string& key, const auto& value) {
        if (!value) return;
        for (const std::string& set : options.overrides)
            if (trimmed(std::string_view(set).substr(0, set.find('='))) == key)
                throw wrong_usage("{} {} and --set {} set the same key; leave one of them out", option, *value, set);
        overrides.push_back(fmt::format("{}={}", key, *value));
    };
    add("--epochs", "training.epochs", options.epochs);
    add("--batch-size", "training.batch_size", options.batch_size);
    add("--lr", "optimizer.learning_rate", options.learning_rate);
    add("--seed", "training.seed", options.seed);
    return overrides;
}

/// Who goes on with a run may name its list again, and no other.
std::vector<std::uint32_t> excluded_images(const TrainPlan& plan, const Dataset& train) {
    if (plan.exclude.empty()) return plan.record ? plan.record->excluded : std::vector<std::uint32_t>();
    std::vector<std::uint32_t> excluded = read_excluded_images(plan.exclude, train);
    if (plan.record && excluded != plan.record->excluded)
        throw wrong_usage(
            "{}: lists other images than the {} that this run leaves out; leave out --exclude, or begin another run",
            plan.exclude.string(), plan.record->excluded.size());
    return excluded;
}

std::string describe(Shape shape) {
    return shape.pixels() == 1 ? fmt::format("{}", shape.channels)
                               : fmt::format("{}x{}x{}", shape.channels, shape.height, shape.width);
}

/// What a new run would write over that no run has begun, which makes the folder of its checkpoint first.
void check_own_folder(const RunFolder& run) {
    if (fs::exists(run.path / "study.sqlite"))
        throw wrong_usage("{}: a study has this folder; choose another one with --out", run.path.string());
    if (fs::exists(run.checkpoint().parent_path()) || fs::exists(run.metrics())) return;
    for (const fs::path& file :
         {run.record(), run.recipe(), run.excluded(), run.model(), run.history(), run.predictions()})
        if (fs::exists(file))
            throw wrong_usage(
                "{}: would be overwritten, and no run goes on here; choose another folder with --out, or remove it",
                file.string());
}

}  // namespace

void check_unfinished(const RunFolder& run) {
    if (fs::exists(run.metrics()))
        throw wrong_usage("{}: this run is finished; look at it with 'inkling eval {}'", run.path.string(),
                          run.path.string());
}

TrainPlan make_train_plan(const TrainOptions& options, int processes) {
    TrainPlan plan;
    plan.reproducible = options.reproducible;
    plan.processes = processes;
    const std::vector<std::string> overrides = overrides_of(options);
    if (options.resume.empty()) {
        plan.recipe = read_recipe(find_recipe(options.recipe), overrides);
        name_absolutely(plan.recipe.training.distillation);
        plan.run.path = options.out.empty()
                            ? fs::path("runs") / fmt::format("{}-{}{}", plan.recipe.name, plan.recipe.training.seed,
                                                             options.find_lr ? "-find-lr" : "")
                            : fs::path(options.out);
        DataOptions data = options.data;
        data.split = data.chosen_split();
        plan.data_folder = data.resolved_folder();
        plan.split = data.split;
        plan.stored = options.data.stored();
        plan.per_class = static_cast<std::size_t>(options.per_class);
        if (!options.find_lr) check_own_folder(plan.run);
        if (!options.init_from.empty()) plan.init_from = fs::absolute(weights_file(options.init_from));
        plan.exclude = options.exclude;
        plan.judged_by = judged_by(options, {});
        return plan;
    }
    plan.run.path = options.resume;
    plan.record = read_record(plan.run);
    check_unfinished(plan.run);
    plan.recipe = read_recipe(options.recipe.empty() ? plan.run.recipe() : find_recipe(options.recipe), overrides);
    name_absolutely(plan.recipe.training.distillation);
    plan.split = options.split_given ? options.data.split : plan.record->split;
    const DataOptions asked{options.data.folder, plan.split, options.data.orientation};
    plan.data_folder = asked.folder_or(plan.record->data, plan.record->split);
    plan.stored = asked.stored_or(plan.record->stored, plan.record->split);
    if (plan.record->stored && plan.split == plan.record->split && plan.stored != plan.record->stored)
        throw wrong_usage("{}: this run reads its images as {}; leave out --orientation, or begin another run",
                          options.resume, orientation_name(*plan.record->stored));
    plan.per_class = plan.record->per_class;
    plan.reproducible = plan.record->reproducible;
    plan.exclude = options.exclude;
    plan.init_from = plan.record->init_from;
    plan.judged_by = judged_by(options, plan.record);
    if (options.run.threads == 0 && !plan.reproducible && plan.record->processes == 1 && processes == 1) {
        set_thread_count(plan.record->threads);
        start_threads();
    }
    return plan;
}

TrainSamples load_samples(const TrainPlan& plan) {
    std::vector<Part> parts = {Part::kTrain};
    if (plan.judged_by == JudgedBy::kTest && has_part(plan.data_folder, plan.split, Part::kTest))
        parts.push_back(Part::kTest);
    std::vector<Dataset> data = load_parts(plan.data_folder, plan.split, parts, plan.stored);
    TrainSamples samples{.train = std::move(data.front()), .test = {}, .excluded = {}, .holdout = {}};
    if (data.size() > 1) samples.test = std::move(data.back());
    samples.excluded = excluded_images(plan, samples.train);
    samples.holdout = run_holdout(plan.recipe, samples.train, plan.per_class, samples.excluded);
    return samples;
}

RunRecord make_record(const TrainPlan& plan, const TrainSamples& samples) {
    RunRecord record{.recipe = plan.recipe.name,
                     .seed = plan.recipe.training.seed,
                     .threads = thread_count(),
                     .split = plan.split,
                     .data = recorded_folder(plan.data_folder),
                     .files = samples.train.files,
                     .environment = this_environment(INKLING_VERSION),
                     .per_class = plan.per_class,
                     .init_from = plan.init_from,
                     .init_sha256 = plan.init_from.empty() ? "" : sha256(read_file(plan.init_from, kAnySize)),
                     .stored = samples.train.stored,
                     .judged_by = plan.judged_by,
                     .teachers = teacher_files(plan.recipe.training.distillation),
                     .excluded = samples.excluded,
                     .processes = plan.processes,
                     .reproducible = plan.reproducible};
    if (samples.test) record.files.insert(record.files.end(), samples.test->files.begin(), samples.test->files.end());
    return record;
}

/// Which classes a network cannot learn.
void print_absent_classes(const TrainSamples& samples) {
    constexpr std::size_t kMostNamed = 10;
    const std::vector<double> shares = class_shares(samples.train, samples.holdout.train);
    std::vector<std::string> absent;
    for (std::size_t c = 0; c < shares.size(); ++c)
        if (shares[c] == 0) absent.push_back(samples.train.class_names[c]);
    if (absent.empty()) return;
    const std::span named = std::span(absent).first(std::min(absent.size(), kMostNamed));
    fmt::print("note: {} of {} classes have no image to learn from, and will not be read: {}{}\n", absent.size(),
               shares.size(), fmt::join(named, ", "), named.size() < absent.size() ? ", ..." : "");
}

void print_plan(const TrainPlan& plan, const TrainSamples& samples) {
    const auto layers = summarize(plan.recipe.network, samples.train.classes());
    std::size_t parameters = 0;
    for (const LayerSummary& layer : layers) parameters += layer.parameters;
    fmt::print("{}: {} parameters\n", plan.recipe.name, parameters);
    for (const LayerSummary& layer : layers)
        fmt::print("  {:<10} {:<44} {:>10} {:>9}\n", layer.name, layer.description, describe(layer.output),
                   layer.parameters);
    const TrainingSpec& training = plan.recipe.training;
    fmt::print("data: {}: {} images to learn from, {} held out for validation, {}\n",
               describe_source(plan.data_folder, plan.split), samples.holdout.train.size(),
               samples.holdout.validation.size(),
               plan.judged_by == JudgedBy::kTest ? fmt::format("{} to test", samples.test ? samples.test->size() : 0)
                                                 : "the test part is not read");
    if (training.synthetic_fill == 0) print_absent_classes(samples);
    const int batch = step_images(plan.recipe, samples.holdout);
    fmt::print("training: {} epochs, batch {}, {}, learning rate {} ({}), {}, seed {}, {}{} threads{}{}\n",
               training.epochs, batch, name_of(training.optimizer.kind), scaled_learning_rate(training, batch),
               name_of(training.schedule.kind), precision_name(training.precision), training.seed,
               plan.processes > 1 ? fmt::format("{} processes of ", plan.processes) : "", thread_count(),
               plan.reproducible ? ", reproducible" : "",
               plan.processes > 1 && !training.sync_batch_norm ? ", batch norm by process" : "");
    const ParameterLayout layout = parameter_layout(plan.recipe.network, samples.train.classes());
    if (training.optimizer.base_batch_size > 0)
        fmt::print("  scaled to this batch from a learning rate of {} for a batch of {}\n",
                   training.optimizer.learning_rate, training.optimizer.base_batch_size);
    if (training.optimizer.layer_decay != 1)
        fmt::print("  each layer's learning rate is {} of the next one's\n", training.optimizer.layer_decay);
    for (const std::string& group : describe_groups(training.optimizer.groups, layout))
        fmt::print("  group of {}\n", group);
    if (!samples.excluded.empty())
        fmt::print("not learned from: {} listed images; those among them that are held out judge all the same\n",
                   samples.excluded.size());
    if (batch < training.batch_size && training.synthetic_fill == 0)
        fmt::print("a batch is all {} images, fewer than the {} of training.batch_size\n", batch, training.batch_size);
    if (const std::size_t rest = samples.holdout.train.size() % static_cast<std::size_t>(batch); rest > 0)
        fmt::print("each epoch leaves out {} of the images, drawn anew, which do not fill a batch of {}\n", rest,
                   batch);
    const DistillationSpec& distillation = training.distillation;
    if (distillation.active())
        fmt::print("learns from {} with weight {} at temperature {}\n", fmt::join(distillation.teachers, " and "),
                   distillation.weight, distillation.temperature);
    if (!plan.init_from.empty()) fmt::print("begins with the weights in {}\n", plan.init_from.string());
    fmt::print("run: {}\n", plan.run.path.string());
    if (!plan.record) return;
    std::string difference = numeric_difference(plan.record->environment, this_environment(INKLING_VERSION));
    if (!plan.reproducible && plan.processes != plan.record->processes)
        difference += fmt::format("{}{} processes, now {}", difference.empty() ? "" : "; ", plan.record->processes,
                                  plan.processes);
    if (!difference.empty())
        fmt::print("note: this run began with {}: its last digits may differ from an unbroken run's\n", difference);
}

void load_initial_weights(const TrainPlan& plan, Network& network) {
    if (plan.init_from.empty()) return;
    if (plan.record && sha256(read_file(plan.init_from, kAnySize)) != plan.record->init_sha256)
        throw bad_data("{}: no longer the weights that this run is to begin with; begin another run",
                       plan.init_from.string());
    start_from(network, load_model(plan.init_from), plan.init_from.string());
}

}  // namespace inkling::cli
