#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <memory>
#include <optional>

#include "cli/commands.h"
#include "cli/find_lr.h"
#include "cli/recipes.h"
#include "core/error.h"
#include "core/files.h"
#include "core/folder_lock.h"
#include "core/hash.h"
#include "core/interrupt.h"
#include "core/progress.h"
#include "core/text.h"
#include "core/threads.h"
#include "data/excluded_images.h"
#include "train/evaluate.h"
#include "train/optimizer.h"
#include "train/rate_search.h"
#include "train/run_folder.h"
#include "train/schedule.h"
#include "train/teachers.h"
#include "train/trainer.h"
#include "train/training_checks.h"
#include "train/transfer.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;

struct TrainOptions {
    std::string recipe;
    std::vector<std::string> overrides;
    std::optional<std::string> epochs;
    std::optional<std::string> batch_size;
    std::optional<std::string> learning_rate;
    std::optional<std::int64_t> seed;
    std::string out;
    std::string resume;
    std::string init_from;
    int per_class = 0;
    std::string exclude;
    bool no_test = false;
    bool holdout = false;
    bool find_lr = false;
    int find_lr_steps = RateRange().steps;
    double checkpoint_seconds = 30;
    DataOptions data;
    bool split_given = false;
    RunOptions run;
};

/// What a command line comes to: a run that begins or goes on.
struct Plan {
    RunFolder run;
    Recipe recipe;
    fs::path data_folder;
    std::string split;
    std::optional<RunRecord> record;    // of the run that goes on
    std::optional<Orientation> stored;  // how the data's files store images, where it is known
    std::size_t per_class = 0;          // images of each class to learn from, at most; 0: all
    fs::path exclude;                   // list of images not to learn from; empty: the record's, or none
    fs::path init_from;                 // file of weights to begin with; empty: none
    JudgedBy judged_by = JudgedBy::kTest;
};

/// The samples of one training.
struct Samples {
    Dataset train;
    std::optional<Dataset> test;
    std::vector<std::uint32_t> excluded;
    Holdout holdout;
};

/// A run that began without the test part goes on so.
JudgedBy judged_by(const TrainOptions& options, const std::optional<RunRecord>& record) {
    if (options.holdout) return JudgedBy::kValidation;
    if (options.no_test || options.find_lr) return JudgedBy::kNothing;
    return record ? record->judged_by : JudgedBy::kTest;
}

void check_unfinished(const RunFolder& run) {
    if (fs::exists(run.metrics()))
        throw wrong_usage("{}: this run is finished; look at it with 'inkling eval {}'", run.path.string(),
                          run.path.string());
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

Plan make_plan(const TrainOptions& options) {
    Plan plan;
    const std::vector<std::string> overrides = overrides_of(options);
    if (options.resume.empty()) {
        plan.recipe = read_recipe(find_recipe(options.recipe), overrides);
        name_absolutely(plan.recipe.training.distillation);
        plan.run.path = options.out.empty()
                            ? fs::path("runs") / fmt::format("{}-{}{}", plan.recipe.name, plan.recipe.training.seed,
                                                             options.find_lr ? "-find-lr" : "")
                            : fs::path(options.out);
        plan.data_folder = options.data.resolved_folder();
        plan.split = options.data.split;
        plan.stored = options.data.stored();
        plan.per_class = static_cast<std::size_t>(options.per_class);
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
    plan.exclude = options.exclude;
    plan.init_from = plan.record->init_from;
    plan.judged_by = judged_by(options, plan.record);
    if (options.run.threads == 0) {
        set_thread_count(plan.record->threads);
        start_threads();
    }
    return plan;
}

/// Who goes on with a run may name its list again, and no other.
std::vector<std::uint32_t> excluded_images(const Plan& plan, const Dataset& train) {
    if (plan.exclude.empty()) return plan.record ? plan.record->excluded : std::vector<std::uint32_t>();
    std::vector<std::uint32_t> excluded = read_excluded_images(plan.exclude, train.size());
    if (plan.record && excluded != plan.record->excluded)
        throw wrong_usage(
            "{}: lists other images than the {} that this run leaves out; leave out --exclude, or begin another run",
            plan.exclude.string(), plan.record->excluded.size());
    return excluded;
}

Samples load_samples(const Plan& plan) {
    Samples samples{.train = load_dataset(plan.data_folder, plan.split, Part::kTrain, plan.stored),
                    .test = {},
                    .excluded = {},
                    .holdout = {}};
    if (plan.judged_by == JudgedBy::kTest && has_part(plan.data_folder, plan.split, Part::kTest))
        samples.test = load_dataset(plan.data_folder, plan.split, Part::kTest, samples.train.stored);
    samples.excluded = excluded_images(plan, samples.train);
    samples.holdout = run_holdout(plan.recipe, samples.train, plan.per_class, samples.excluded);
    return samples;
}

RunRecord make_record(const Plan& plan, const Samples& samples) {
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
                     .excluded = samples.excluded};
    if (samples.test) record.files.insert(record.files.end(), samples.test->files.begin(), samples.test->files.end());
    return record;
}

std::string describe(Shape shape) {
    return shape.pixels() == 1 ? fmt::format("{}", shape.channels)
                               : fmt::format("{}x{}x{}", shape.channels, shape.height, shape.width);
}

void print_plan(const Plan& plan, const Samples& samples) {
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
    fmt::print("training: {} epochs, batch {}, {}, learning rate {} ({}), {}, seed {}, {} threads\n", training.epochs,
               training.batch_size, name_of(training.optimizer.kind), training.optimizer.learning_rate,
               name_of(training.schedule.kind), precision_name(training.precision), training.seed, thread_count());
    const ParameterLayout layout = parameter_layout(plan.recipe.network, samples.train.classes());
    if (training.optimizer.layer_decay != 1)
        fmt::print("  each layer's learning rate is {} of the next one's\n", training.optimizer.layer_decay);
    for (const std::string& group : describe_groups(training.optimizer.groups, layout))
        fmt::print("  group of {}\n", group);
    if (!samples.excluded.empty())
        fmt::print("not learned from: {} listed images; those among them that are held out judge all the same\n",
                   samples.excluded.size());
    const int batch = step_images(plan.recipe, samples.holdout);
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
    const std::string difference = numeric_difference(plan.record->environment, this_environment(INKLING_VERSION));
    if (!difference.empty())
        fmt::print("note: this run began with {}: its last digits may differ from an unbroken run's\n", difference);
}

std::string score(double loss, double accuracy) {
    return fmt::format("loss {:.4f}, accuracy {:.2f}%", loss, 100 * accuracy);
}

void print_epoch(const EpochRecord& record, int epochs) {
    std::string line =
        fmt::format("epoch {}/{}: train {}", record.epoch, epochs, score(record.train_loss, record.train_accuracy));
    if (!std::isnan(record.validation_loss))
        line += fmt::format("; validation {}", score(record.validation_loss, record.validation_accuracy));
    fmt::print("{}; {}, {:.0f} images/s\n", line, format_duration(record.seconds), record.images_per_second);
    std::fflush(stdout);
}

/// Shows a training as it goes: a bar over all its epochs, a line after each.
class Display {
  public:
    Display(int epochs, bool quiet) : epochs_(epochs), quiet_(quiet) {}

    void step(const StepReport& report) {
        if (!bar_) begin(report);
        if (!bar_->due()) return;
        bar_->set_title(title(report));
        bar_->update(images(report, report.epoch - 1, report.step) - images_before_,
                     fmt::format("loss {:.4f}  accuracy {:.2f}%  learning rate {:.2e}", report.loss,
                                 100 * report.accuracy, report.learning_rate));
    }

    void epoch(const EpochRecord& record) {
        if (bar_) bar_->clear();
        if (!quiet_) print_epoch(record, epochs_);
    }

  private:
    std::string title(const StepReport& report) const { return fmt::format("epoch {}/{}", report.epoch, epochs_); }

    /// Images of so many whole epochs and steps.
    static std::uint64_t images(const StepReport& report, int epochs, std::int64_t steps) {
        return static_cast<std::uint64_t>((epochs * report.steps + steps) * report.batch_size);
    }

    /// The rate of a resumed training counts only what is done since.
    void begin(const StepReport& report) {
        images_before_ = images(report, report.epoch - 1, report.step - 1);
        bar_.emplace(title(report), images(report, epochs_, 0) - images_before_, "images", quiet_);
    }

    int epochs_;
    bool quiet_;
    std::uint64_t images_before_ = 0;
    std::optional<Progress> bar_;
};

Error stopped(const RunFolder& run) {
    return {ExitStatus::kInterrupted,
            fmt::format("stopped and saved; go on with 'inkling train --resume {}'", run.path.string())};
}

/// Puts the weights that a run is to begin with into its network; they must be those of the record.
void load_initial_weights(const Plan& plan, Network& network) {
    if (plan.init_from.empty()) return;
    if (plan.record && sha256(read_file(plan.init_from, kAnySize)) != plan.record->init_sha256)
        throw bad_data("{}: no longer the weights that this run is to begin with; begin another run",
                       plan.init_from.string());
    start_from(network, load_model(plan.init_from), plan.init_from.string());
}

TrainingResult train_run(const TrainOptions& options, const Plan& plan, const Samples& samples) {
    Display display(plan.recipe.training.epochs, options.run.quiet);
    TrainingResult result = train(plan.recipe, samples.train, samples.holdout,
                                  {.on_step = [&](const StepReport& report) { display.step(report); },
                                   .on_epoch =
                                       [&](std::span<const EpochRecord> history) {
                                           write_file(plan.run.history(), history_csv(history));
                                           display.epoch(history.back());
                                       },
                                   .stop = interrupted,
                                   .checkpoint = plan.run.checkpoint(),
                                   .checkpoint_seconds = options.checkpoint_seconds,
                                   .resume = plan.record.has_value(),
                                   .on_initialized = [&](Network& network) { load_initial_weights(plan, network); }});
    if (result.outcome == Outcome::kInterrupted) throw stopped(plan.run);
    return result;
}

/// Judges the finished network; none where there is nothing to judge it by.
std::optional<Metrics> judge_run(const Plan& plan, const Samples& samples, const Model& model, bool quiet) {
    const bool validates = plan.judged_by == JudgedBy::kValidation;
    if (!validates && !samples.test) return std::nullopt;
    const Dataset& images = validates ? subset(samples.train, samples.holdout.validation) : *samples.test;
    Progress bar(validates ? "validation" : "test", images.size(), "images", quiet);
    return evaluate(model, images,
                    [&](std::size_t done) {
                        bar.update(done);
                        if (interrupted()) throw stopped(plan.run);
                    })
        .metrics;
}

void print_result(const Plan& plan, const TrainingResult& result, const std::optional<Metrics>& judged) {
    if (result.outcome == Outcome::kStoppedEarly)
        fmt::print("stopped early after epoch {}; the model has the weights of epoch {}\n", result.history.size(),
                   result.best_epoch);
    if (judged)
        fmt::print("{}: {}, macro F1 {:.2f}%\n", plan.judged_by == JudgedBy::kTest ? "test" : "validation",
                   score(judged->loss, judged->accuracy), 100 * judged->macro_f1);
    fmt::print("written to {}: model.safetensors, metrics.json, history.csv, recipe.toml, record.json\n",
               plan.run.path.string());
    const std::string run = plan.run.path.string();
    if (plan.judged_by == JudgedBy::kTest)
        fmt::print("look closer with 'inkling eval {}'\n", run);
    else if (plan.judged_by == JudgedBy::kValidation)
        fmt::print(
            "look closer with 'inkling eval {} --part validation'; once you have chosen, 'inkling eval {}' tests\n",
            run, run);
    else
        fmt::print("not tested; once you have chosen, 'inkling eval {}' tests\n", run);
}

/// Before anything is written.
void check_initial_weights(const Plan& plan, const Samples& samples) {
    Network network(plan.recipe.network, samples.train.classes(), 1, Network::Mode::kInfer);
    load_initial_weights(plan, network);
}

void run_train(const TrainOptions& options) {
    if (options.recipe.empty() && options.resume.empty())
        throw wrong_usage("no recipe; give one, as in 'inkling train cnn', or --resume RUN");
    catch_interrupts();
    options.run.apply();
    Plan plan = make_plan(options);
    if (options.find_lr) check_find_lr_folder(plan.run.path);
    const Samples samples = load_samples(plan);
    print_assumptions(samples.train, options.run);
    check_training(plan.recipe, samples.train, samples.holdout);
    // The run's record says what was done, not what was asked for.
    if (!plan.record) plan.recipe.training.precision = settled_precision(plan.recipe, samples.train.classes());
    if (plan.judged_by == JudgedBy::kValidation)
        require_validation("--holdout", plan.recipe.training, samples.train, samples.holdout);
    if (!plan.record) {
        check_initial_weights(plan, samples);
        load_teachers(plan.recipe.training.distillation, samples.train);
    }
    const FolderLock claim(plan.run.path);
    if (options.find_lr)
        return find_lr({.recipe = plan.recipe,
                        .data = samples.train,
                        .holdout = samples.holdout,
                        .out = plan.run.path,
                        .steps = options.find_lr_steps,
                        .on_initialized = [&](Network& network) { load_initial_weights(plan, network); }},
                       options.run);
    // Another process may have had the folder until now.
    if (plan.record)
        check_unfinished(plan.run);
    else
        begin_run(plan.run, plan.recipe, make_record(plan, samples));
    if (!options.run.quiet) print_plan(plan, samples);
    print_bf16_note(plan.recipe.training.precision == PrecisionChoice::kBf16, options.run);
    const TrainingResult result = train_run(options, plan, samples);
    const std::optional<Metrics> judged = judge_run(plan, samples, result.model, options.run.quiet);
    finish_run(plan.run, result, judged, plan.judged_by);
    if (!options.run.json.empty()) write_file(options.run.json, read_text(plan.run.metrics()));
    if (!options.run.quiet) print_result(plan, result, judged);
}

}  // namespace

void add_train_command(const Command& program) {
    auto options = std::make_shared<TrainOptions>();
    const Command command = program.command("train", "Trains a network by a recipe and tests it");
    command.text("recipe", options->recipe, "RECIPE", "Recipe: a TOML file, or the name of one that comes along");
    options->data.add_to(command);
    command.text("--out", options->out, "DIR", "Folder for the run [runs/<recipe>-<seed>]");
    command.text("--epochs", options->epochs, "N", "Passes over the images, as --set training.epochs=N");
    command.text("--batch-size", options->batch_size, "N", "Images of a step, as --set training.batch_size=N");
    command.text("--lr", options->learning_rate, "X", "Learning rate, as --set optimizer.learning_rate=X");
    command.seed("--seed", options->seed, 53, "Seed of all random numbers, as --set training.seed=N");
    command.texts("--set", options->overrides, "SECTION.KEY=VALUE",
                  "Replaces a value of the recipe, as in training.epochs=3; repeatable");
    command.text("--resume", options->resume, "RUN", "Goes on with a run that was stopped, as if it never was");
    command.exclude("--resume", "--out");
    command.text("--init-from", options->init_from, "RUN|FILE",
                 "Begins with the weights of a trained network, a run's folder or a safetensors file; its output layer "
                 "may differ");
    command.exclude("--init-from", "--resume");
    command.integer("--per-class", options->per_class, 1, 1'000'000,
                    "Learns from so many images of each class, chosen by the seed [all]");
    command.exclude("--per-class", "--resume");
    command.text("--exclude", options->exclude, "LIST",
                 "Does not learn from the images of this list: a CSV file as 'inkling audit' writes it, or an index a "
                 "line");
    command.flag("--no-test", options->no_test, "Does not read the test part: for while you are still choosing");
    command.flag("--holdout", options->holdout,
                 "Judges by the validation part, in full, and does not read the test part");
    command.flag(
        "--find-lr", options->find_lr,
        "Trains nothing, but searches a learning rate: takes steps at growing rates, suggests a tenth of the one "
        "with the least loss, and draws find-lr.png, with find-lr.csv");
    command.exclude("--find-lr", "--resume");
    command.exclude("--find-lr", "--holdout");
    command.integer("--find-lr-steps", options->find_lr_steps, 50, 10'000, "Steps of --find-lr");
    command.number("--checkpoint-every", options->checkpoint_seconds, 0, 1e6, "SECONDS",
                   "Time between checkpoints within an epoch; one is made after each epoch anyway");
    options->run.add_to(command);
    command.footer(
        "A part of the training images is held out, class by class, to judge each epoch by; the test images are looked "
        "at\n"
        "once, at the end. While you are still choosing among recipes, take --holdout or --no-test: what was chosen by "
        "its\n"
        "test result has none any more. Ctrl-C saves and stops.\n\n"
        "Examples:\n"
        "  inkling train cnn --data ~/emnist --split balanced --epochs 3\n"
        "  inkling train cnn --set optimizer.kind=lion --holdout --out runs/lion\n"
        "  inkling train cnn --set optimizer.kind=lion --find-lr\n"
        "  inkling train cnn --split synthetic --out runs/synthetic\n"
        "  inkling train cnn --split balanced --per-class 20 --init-from runs/synthetic --out runs/few\n"
        "  inkling train cnn --exclude runs/cnn-0/audit/labels.csv --holdout --out runs/cleaned\n"
        "  inkling train --resume runs/cnn-0");
    command.action([options, command] {
        options->split_given = command.given("--split");
        run_train(*options);
    });
}

}  // namespace inkling::cli
