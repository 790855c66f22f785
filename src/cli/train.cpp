#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "cli/find_lr.h"
#include "cli/group_command.h"
#include "cli/group_exchange.h"
#include "cli/outputs.h"
#include "cli/shared_training.h"
#include "cli/train_plan.h"
#include "core/error.h"
#include "core/files.h"
#include "core/folder_lock.h"
#include "core/interrupt.h"
#include "core/progress.h"
#include "train/evaluate.h"
#include "train/run_folder.h"
#include "train/teachers.h"
#include "train/trainer.h"
#include "train/training_checks.h"

namespace inkling::cli {
namespace {

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

TrainingResult train_run(Group& group, const TrainOptions& options, const TrainPlan& plan,
                         const TrainSamples& samples) {
    GroupExchange exchange(group, plan.reproducible ? SumOrder::kTree : SumOrder::kFastest);
    TrainerOptions trainer{
        .stop = interrupted,
        .checkpoint = plan.run.checkpoint(),
        .checkpoint_seconds = options.checkpoint_seconds,
        .resume = plan.record.has_value(),
        .on_initialized = [&](Network& network) { load_initial_weights(plan, network); },
        .sharing = {.exchange = group.size() > 1 ? &exchange : nullptr, .reproducible = plan.reproducible}};
    Display display(plan.recipe.training.epochs, options.run.quiet);
    if (group.rank() == 0) {
        trainer.on_step = [&](const StepReport& report) { display.step(report); };
        trainer.on_epoch = [&](std::span<const EpochRecord> history) {
            write_file(plan.run.history(), history_csv(history));
            display.epoch(history.back());
        };
    }
    TrainingResult result = [&] {
        try {
            return train(plan.recipe, samples.train, samples.holdout, trainer);
        } catch (const Diverged&) {
            // All see it; rank 0 says so and ends the job.
            if (group.rank() > 0) group.barrier();
            throw;
        }
    }();
    if (result.outcome == Outcome::kInterrupted) throw stopped(plan.run);
    return result;
}

/// Judges the finished network; none where there is nothing to judge it by.
std::optional<Metrics> judge_run(const TrainPlan& plan, const TrainSamples& samples, const Model& model, bool quiet) {
    const bool validates = plan.judged_by == JudgedBy::kValidation;
    if (!validates && !samples.test) return std::nullopt;
    const Dataset& images = validates ? subset(samples.train, samples.holdout.validation) : *samples.test;
    Progress bar(validates ? "validation" : "test", images.size(), "images", quiet);
    const auto tell = [&](std::size_t done) {
        bar.update(done);
        if (interrupted()) throw stopped(plan.run);
    };
    return evaluate(std::span(&model, 1), images, {.reproducible = plan.reproducible, .on_progress = tell}).metrics;
}

void print_result(const TrainPlan& plan, const TrainingResult& result, const std::optional<Metrics>& judged) {
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
void check_initial_weights(const TrainPlan& plan, const TrainSamples& samples) {
    Network network(plan.recipe.network, samples.train.classes(), 1, Network::Mode::kInfer);
    load_initial_weights(plan, network);
}

/// What a process trains, and on what.
struct Task {
    TrainPlan plan;
    TrainSamples samples;
};

Task prepare(const TrainOptions& options, int processes) {
    if (options.recipe.empty() && options.resume.empty())
        throw wrong_usage("no recipe; give one, as in 'inkling train cnn', or --resume RUN");
    if (processes > 1 && options.find_lr)
        throw wrong_usage("--find-lr: searches in one process; start it without mpirun");
    TrainPlan plan = make_train_plan(options, processes);
    std::vector<std::filesystem::path> own = files_of(plan.run);
    own.insert(own.end(), {options.recipe, options.exclude, plan.init_from});
    check_outputs({{"--json", options.run.json}}, own);
    if (options.find_lr) check_find_lr_folder(plan.run.path);
    TrainSamples samples = load_samples(plan);
    print_assumptions(samples.train, options.run);
    check_training(plan.recipe, samples.train, samples.holdout);
    check_sharing(plan.recipe, samples.holdout, processes, plan.reproducible);
    // The run's record says what was done, not what was asked for.
    if (!plan.record) plan.recipe.training.precision = settled_precision(plan.recipe, samples.train.classes());
    if (plan.judged_by == JudgedBy::kValidation)
        require_validation("--holdout", plan.recipe.training, samples.train, samples.holdout);
    if (!plan.record) {
        check_initial_weights(plan, samples);
        load_teachers(plan.recipe.training.distillation, samples.train);
    }
    return {std::move(plan), std::move(samples)};
}

/// Rank 0 first: what is wrong with the command it says, while the others wait.
Task prepare_together(Group& group, const TrainOptions& options) {
    if (group.size() == 1) return prepare(options, 1);
    std::string of_rank_0;
    if (group.rank() > 0) of_rank_0 = group.broadcast("", kMostNumbers);
    Task task = prepare(options, group.size());
    const std::string own = what_numbers_depend_on(task.plan, task.samples);
    if (group.rank() == 0)
        group.broadcast(own, kMostNumbers);
    else
        require_same_numbers(own, of_rank_0);
    group.barrier();  // before anything is written
    return task;
}

/// What rank 0 does with the trained network.
void judge_and_finish(const TrainOptions& options, const Task& task, const TrainingResult& result) {
    const std::optional<Metrics> judged = judge_run(task.plan, task.samples, result.model, options.run.quiet);
    finish_run(task.plan.run, result, judged, task.plan.judged_by);
    if (!options.run.json.empty()) options.run.write_json(read_text(task.plan.run.metrics()));
    if (!options.run.quiet) print_result(task.plan, result, judged);
}

/// Begins the run in its folder, or makes sure that it can go on there.
void begin(const TrainOptions& options, const Task& task) {
    // Another process may have had the folder until now.
    if (task.plan.record) {
        check_unfinished(task.plan.run);
        make_folder(task.plan.run.checkpoint().parent_path());
    } else {
        begin_run(task.plan.run, task.plan.recipe, make_record(task.plan, task.samples));
    }
    if (!options.run.quiet) print_plan(task.plan, task.samples);
    print_bf16_note(task.plan.recipe.training.precision == PrecisionChoice::kBf16, options.run);
    std::fflush(stdout);
}

void train_together(Group& group, TrainOptions options) {
    options.run = own_threads(group, options.run);
    options.run.quiet |= group.rank() > 0;
    options.run.apply();
    const Task task = prepare_together(group, options);
    const TrainPlan& plan = task.plan;
    std::optional<FolderLock> claim;
    if (group.rank() == 0) claim.emplace(plan.run.path);
    if (options.find_lr)
        return find_lr({.recipe = plan.recipe,
                        .data = task.samples.train,
                        .holdout = task.samples.holdout,
                        .out = plan.run.path,
                        .steps = options.find_lr_steps,
                        .on_initialized = [&](Network& network) { load_initial_weights(plan, network); }},
                       options.run);
    if (group.rank() == 0) begin(options, task);
    const TrainingResult result = train_run(group, options, plan, task.samples);
    if (group.rank() == 0) judge_and_finish(options, task, result);
    group.barrier();
}

void run_train(const TrainOptions& options) {
    catch_interrupts();
    run_in_group([&](Group& group) { train_together(group, options); });
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
    command.flag("--reproducible", options->reproducible,
                 "Makes all sums over a batch in an order that depends on neither threads nor processes under mpirun: "
                 "the same network, byte for byte, by any of them");
    command.exclude("--reproducible", "--resume");
    command.exclude("--reproducible", "--find-lr");
    command.number("--checkpoint-every", options->checkpoint_seconds, 0, 1e6, "SECONDS",
                   "Time between checkpoints within an epoch; one is made after each epoch anyway");
    options->run.add_to(command);
    command.footer(
        "A part of the training images is held out, class by class, to judge each epoch by; the test images are looked "
        "at\n"
        "once, at the end. While you are still choosing among recipes, take --holdout or --no-test: what was chosen by "
        "its\n"
        "test result has none any more. Ctrl-C saves and stops.\n\n"
        "Processes that mpirun or srun starts train one network together, each on its part of every batch: "
        "docs/cluster.md.\n\n"
        "Examples:\n"
        "  inkling train cnn --data ~/emnist --split balanced --epochs 3\n"
        "  inkling train cnn --set optimizer.kind=lion --holdout --out runs/lion\n"
        "  inkling train cnn --set optimizer.kind=lion --find-lr\n"
        "  inkling train cnn --split synthetic --out runs/synthetic\n"
        "  inkling train cnn --split balanced --per-class 20 --init-from runs/synthetic --out runs/few\n"
        "  inkling train cnn --exclude runs/cnn-0/audit/labels.csv --holdout --out runs/cleaned\n"
        "  inkling train --resume runs/cnn-0\n"
        "  mpirun -n 4 inkling train cnn --reproducible");
    command.action([options, command] {
        options->split_given = command.given("--split");
        run_train(*options);
    });
}

}  // namespace inkling::cli
