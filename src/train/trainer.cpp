#include "train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/hash.h"
#include "core/threads.h"
#include "data/batches.h"
#include "data/synthetic_filling.h"
#include "train/calibration.h"
#include "train/checkpoint.h"
#include "train/evaluate.h"
#include "train/prior.h"
#include "train/step.h"
#include "train/teachers.h"
#include "train/training_checks.h"
#include "train/whitening.h"

namespace inkling {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostRead = 20'000;   // images that tell how logits of a class differ
constexpr std::int64_t kNormBatches = 100;  // after so many, a running mean has forgotten what it was

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// For steps of `batch_size` images, of which this process has `part_size`.
TrainingState make_state(const Recipe& recipe, const Dataset& data, int batch_size, int part_size,
                         std::size_t steps_per_epoch, const Sharing& sharing) {
    const TrainingSpec& training = recipe.training;
    Network network(recipe.network, data.classes(), part_size, Network::Mode::kTrain,
                    network_precision(recipe, data.classes()), sharing);
    const auto epoch = static_cast<std::int64_t>(steps_per_epoch);
    Optimizer optimizer(training.optimizer, training.regularization, network, training.averaging,
                        epoch * training.epochs, epoch);
    return {
        .network = std::move(network),
        .optimizer = std::move(optimizer),
        .schedule = Schedule(training.schedule, scaled_learning_rate(training, batch_size), training.epochs, epoch)};
}

Sharing training_sharing(const TrainingSpec& training, Sharing sharing) {
    sharing.sync_batch_norm = training.sync_batch_norm;
    return sharing;
}

TrainingKey make_key(const Recipe& recipe, const Dataset& data, const Holdout& holdout, const Sharing& sharing) {
    std::string text = fmt::format("split {}, part {}, {} images\n", data.split, part_name(data.part), data.size());
    for (const DataFile& file : data.files) text += fmt::format("{} with sha256 {}\n", file.name, file.sha256);
    text += fmt::format("{} samples with sha256 {}\n", holdout.train.size(),
                        sha256(std::as_bytes(std::span(holdout.train))));
    text += fmt::format("{} held out with sha256 {}\n", holdout.validation.size(),
                        sha256(std::as_bytes(std::span(holdout.validation))));
    std::string teachers;
    for (const DataFile& file : teacher_files(recipe.training.distillation))
        teachers += fmt::format("{} with sha256 {}\n", file.name, file.sha256);
    return {.recipe = to_toml(recipe),
            .data = std::move(text),
            .teachers = std::move(teachers),
            .threads = thread_count(),
            .processes = sharing.processes(),
            .reproducible = sharing.reproducible};
}

bool all_finite(std::span<const float> values) {
    return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

/// `count` of the samples, or all where there are fewer, at even distances.
std::vector<std::uint32_t> evenly_picked(const std::vector<std::uint32_t>& samples, std::size_t count) {
    count = std::min(count, samples.size());
    std::vector<std::uint32_t> picked(count);
    for (std::size_t i = 0; i < count; ++i) picked[i] = samples[i * samples.size() / count];
    return picked;
}

/// One training from its first step, or a checkpoint's, to its end.
class Training {
  public:
    Training(const Recipe& recipe, const Dataset& data, const Holdout& holdout, const TrainerOptions& options)
        : recipe_(recipe),
          data_(data),
          holdout_(holdout),
          options_(options),
          sharing_(training_sharing(recipe.training, options.sharing)),
          batch_size_(step_images(recipe, holdout)),
          part_size_(batch_size_ / sharing_.processes()),
          normalization_(measure_normalization(data, holdout.train)),
          train_(data, holdout.train, batch_size_, normalization_, recipe.training.augmentation),
          validation_(data, holdout.validation, batch_size_, normalization_),
          labels_(static_cast<std::size_t>(part_size_)),
          shares_(class_shares(data, holdout.train)),
          prior_(assumed_prior(recipe.training.prior, shares_)),
          train_rule_(training_rule(recipe.training, shares_, prior_)),
          judge_rule_(judge_rule(data, holdout)),
          state_(make_state(recipe, data, batch_size_, part_size_, train_.whole_count(), sharing_)),
          key_(make_key(recipe, data, holdout, sharing_)),
          teachers_(
              training_teachers(recipe.training.distillation, data, prior_, normalization_, part_size_, sharing_)) {
        for (Batches* batches : {&train_, &validation_}) batches->take_part(sharing_.rank(), sharing_.processes());
        if (moves_prior() && spec().prior.by == PriorBy::kSampling) train_.draw_classes(prior_);
    }

    TrainingResult run() {
        if (options_.resume && std::filesystem::exists(options_.checkpoint)) {
            const std::string difference = load_checkpoint(options_.checkpoint, key_, state_);
            if (!difference.empty() && options_.on_other_environment) options_.on_other_environment(difference);
        } else {
            initialize_for(state_.network, spec().seed, data_, holdout_.train, normalization_);
            if (options_.on_initialized) options_.on_initialized(state_.network);
            save();
        }
        check_all_agree();
        while (!finished()) {
            if (train_epoch() && end_epoch()) continue;
            take_statistics_of_rank_0(state_.network);
            save();
            return result(Outcome::kInterrupted);
        }
        return result(state_.epoch < spec().epochs ? Outcome::kStoppedEarly : Outcome::kFinished);
    }

  private:
    const TrainingSpec& spec() const { return recipe_.training; }
    bool moves_prior() const { return spec().prior.kind != PriorKind::kAsIs; }

    /// By images that weigh as if their classes came as the network assumes.
    OwnedLossRule judge_rule(const Dataset& data, const Holdout& holdout) const {
        if (!moves_prior() || holdout.validation.empty()) return {};
        return {.weights = prior_weights(class_shares(data, holdout.validation), prior_)};
    }

    std::int64_t steps_per_epoch() const { return static_cast<std::int64_t>(train_.whole_count()); }

    /// Whether this or another process is: all stop after the same step.
    bool stop_asked() const {
        double asked = options_.stop && options_.stop() ? 1 : 0;
        if (sharing_.exchange != nullptr) sharing_.exchange->sum(std::span(&asked, 1));
        return asked > 0;
    }

    /// Nothing that comes later would tell processes that have come apart.
    void check_all_agree() const {
        if (sharing_.exchange == nullptr) return;
        const std::string weights = sha256(std::as_bytes(state_.network.parameters()));
        const std::string text = fmt::format("{} at step {}", weights, next_step());
        const auto own =
            static_cast<double>(std::stoul(sha256(std::as_bytes(std::span(text))).substr(0, 8), nullptr, 16));
        double all = own;
        sharing_.exchange->sum(std::span(&all, 1));
        if (all != own * sharing_.processes())
            throw failed(
                "the processes hold different networks at step {}; give all the same program, and the same folder to "
                "resume from",
                next_step());
    }

    /// Where each process norms its own part, gives all the running statistics of rank 0, whose are the model's, as
    /// torch.nn.parallel.DistributedDataParallel does: all then judge the same network.
    void take_statistics_of_rank_0(Network& network) const {
        const std::span<float> statistics = network.statistics();
        if (sharing_.exchange == nullptr || sharing_.sync_batch_norm || statistics.empty()) return;
        if (sharing_.rank() > 0) std::ranges::fill(statistics, 0.0f);
        sharing_.exchange->sum(statistics);
        network.parameters_changed();
    }

    bool finished() const {
        const int patience = spec().early_stopping.patience;
        return state_.epoch >= spec().epochs || (patience > 0 && state_.epoch - state_.best.epoch >= patience);
    }

    /// The step that comes next, counted from the training's start.
    std::int64_t next_step() const { return state_.epoch * steps_per_epoch() + state_.step; }

    /// The epoch's remaining steps. Returns false where it was asked to stop.
    bool train_epoch() {
        train_.shuffle(spec().seed, static_cast<std::uint32_t>(state_.epoch));
        while (state_.step < steps_per_epoch()) {
            const auto start = Clock::now();
            const float learning_rate = state_.schedule.learning_rate(next_step());
            train_.load(static_cast<std::size_t>(state_.step), state_.network.input(), labels_);
            const Targets targets = batch_targets(labels_, train_.mixture(), teachers_, state_.network.input());
            const LossResult loss = train_step(state_.network, state_.optimizer, spec(), train_rule_, targets,
                                               learning_rate, static_cast<std::uint32_t>(next_step()));
            if (!std::isfinite(loss.loss_sum)) throw diverged("the training loss", loss.loss_sum, next_step() + 1);
            state_.loss_sum += loss.loss_sum;
            state_.correct += loss.correct;
            ++state_.step;
            state_.seconds += seconds_since(start);
            report(learning_rate);
            if (stop_asked()) return false;
            if (state_.step < steps_per_epoch() && seconds_since(saved_) >= options_.checkpoint_seconds) save();
        }
        return true;
    }

    void report(float learning_rate) const {
        if (!options_.on_step) return;
        const double samples = static_cast<double>(state_.step) * batch_size_;
        options_.on_step({.epoch = state_.epoch + 1,
                          .step = state_.step,
                          .steps = steps_per_epoch(),
                          .batch_size = batch_size_,
                          .loss = state_.loss_sum / samples,
                          .accuracy = static_cast<double>(state_.correct) / samples,
                          .learning_rate = learning_rate});
    }

    /// Judges the epoch and closes it. Returns false, with the epoch still open, where it was asked to stop.
    bool end_epoch() {
        const double samples = static_cast<double>(state_.step) * batch_size_;
        EpochRecord record{.epoch = state_.epoch + 1,
                           .learning_rate = state_.schedule.learning_rate(next_step() - 1),
                           .train_loss = state_.loss_sum / samples,
                           .train_accuracy = static_cast<double>(state_.correct) / samples,
                           .validation_loss = std::numeric_limits<double>::quiet_NaN(),
                           .validation_accuracy = std::numeric_limits<double>::quiet_NaN(),
                           .seconds = state_.seconds,
                           .images_per_second = samples / std::max(state_.seconds, 1e-9)};
        take_statistics_of_rank_0(state_.network);
        Network* judged = nullptr;
        if (validation_.sample_count() > 0) {
            judged = &judging_network();
            if (!validate(*judged, record)) return false;
        }
        state_.schedule.end_epoch(state_.epoch, record.validation_loss);
        state_.history.push_back(record);
        ++state_.epoch;
        state_.step = 0;
        state_.loss_sum = 0;
        state_.correct = 0;
        state_.seconds = 0;
        if (judged != nullptr) keep_best(record, *judged);
        check_all_agree();
        save();
        if (options_.on_epoch) options_.on_epoch(state_.history);
        return true;
    }

    /// The network that an epoch is judged by and that becomes the model: in fp32, whatever it is trained in, and with
    /// the average of the weights where there is one.
    Network& judging_network() {
        const std::span<const float> average = state_.optimizer.average(state_.network);
        if (average.empty() && state_.network.precision() == Precision::kFloat32) return state_.network;
        if (!judging_network_)
            judging_network_.emplace(recipe_.network, data_.classes(), part_size_,
                                     state_.optimizer.averages() ? Network::Mode::kTrain : Network::Mode::kInfer,
                                     Precision::kFloat32, sharing_);
        std::ranges::copy(average.empty() ? std::as_const(state_.network).parameters() : average,
                          judging_network_->parameters().begin());
        std::ranges::copy(state_.network.statistics(), judging_network_->statistics().begin());
        judging_network_->parameters_changed();
        if (!average.empty()) measure_norms(*judging_network_);
        return *judging_network_;
    }

    /// Averaged weights make other activations than those that batch norm's statistics were taken of, so that they are
    /// taken anew, from batches of the last epoch. P. Izmailov et al., "Averaging weights leads to wider optima and
    /// better generalization", 2018.
    void measure_norms(Network& network) {
        if (network.statistics().empty()) return;
        const std::int64_t steps = next_step();
        const std::int64_t epoch = (std::max<std::int64_t>(steps, 1) - 1) / steps_per_epoch();
        train_.shuffle(spec().seed, static_cast<std::uint32_t>(epoch));
        for (std::int64_t index = 0; index < std::min(steps_per_epoch(), kNormBatches); ++index) {
            train_.load(static_cast<std::size_t>(index), network.input(), labels_);
            network.forward({.training = true, .seed = spec().seed, .step = static_cast<std::uint32_t>(steps + index)});
        }
        take_statistics_of_rank_0(network);
    }

    bool validate(Network& network, EpochRecord& record) {
        LossResult sum;
        for (std::size_t index = 0; index < validation_.count(); ++index) {
            const int loaded = validation_.load(index, network.input(), labels_);
            network.forward({});
            const auto labels = std::span<const std::int32_t>(labels_).first(static_cast<std::size_t>(loaded));
            const LossResult loss = network.loss(labels, judge_rule_);
            sum.loss_sum += loss.loss_sum;
            sum.weight += loss.weight;
            sum.correct_weight += loss.correct_weight;
            if (stop_asked()) return false;
        }
        record.validation_loss = sum.loss_sum / sum.weight;
        record.validation_accuracy = sum.correct_weight / sum.weight;
        if (!std::isfinite(record.validation_loss))
            throw diverged("the validation loss", record.validation_loss, next_step());
        return true;
    }

    void keep_best(const EpochRecord& record, const Network& network) {
        const EarlyStoppingSpec& stopping = spec().early_stopping;
        if (stopping.patience == 0 || record.validation_loss >= state_.best.loss - stopping.min_delta) return;
        const auto parameters = network.parameters();
        const auto statistics = network.statistics();
        state_.best = {.epoch = record.epoch,
                       .loss = record.validation_loss,
                       .parameters = {parameters.begin(), parameters.end()},
                       .statistics = {statistics.begin(), statistics.end()}};
    }

    void save() {
        if (options_.checkpoint.empty() || sharing_.rank() > 0) return;
        // A finite loss may precede an update that is not: a checkpoint must be worth going on from.
        if (!all_finite(state_.network.parameters())) throw diverged("a weight", std::nan(""), next_step());
        try {
            save_checkpoint(options_.checkpoint, key_, state_);
        } catch (const Error& error) {
            throw Error(error.status(), fmt::format("{}; the checkpoint before it, if any, stands", error.what()));
        }
        saved_ = Clock::now();
    }

    /// `step` counts from 1, from the training's start. The sign of NaN has no meaning, and a loss has only one.
    Diverged diverged(const char* what, double value, std::int64_t step) const {
        return Diverged(
            fmt::format("{} became {} in epoch {} at step {} with learning rate {:.3g}; lower optimizer.learning_rate",
                        what, std::abs(value), (std::max<std::int64_t>(step, 1) - 1) / steps_per_epoch() + 1, step,
                        state_.schedule.learning_rate(std::max<std::int64_t>(step - 1, 0))));
    }

    TrainingResult result(Outcome outcome) {
        const bool best = state_.best.epoch > 0;
        const bool averaged =
            outcome != Outcome::kInterrupted && !best && !state_.optimizer.average(state_.network).empty();
        const Network& last = averaged ? judging_network() : state_.network;
        const auto parameters = best ? std::span<const float>(state_.best.parameters) : last.parameters();
        const auto statistics = best ? std::span<const float>(state_.best.statistics) : last.statistics();
        TrainingResult result{.outcome = outcome,
                              .model = {.recipe = recipe_,
                                        .split = data_.split,
                                        .class_names = data_.class_names,
                                        .normalization = normalization_,
                                        .shares = shares_,
                                        .prior = prior_,
                                        .parameters = {parameters.begin(), parameters.end()},
                                        .statistics = {statistics.begin(), statistics.end()}},
                              .history = state_.history,
                              .best_epoch = best ? state_.best.epoch : state_.epoch};
        if (spec().calibrate && outcome != Outcome::kInterrupted) result.model = calibrated(std::move(result.model));
        return result;
    }

    /// By the images held out, which weigh as if classes came as the network assumes.
    Model calibrated(Model model) const {
        const Dataset part = subset(data_, holdout_.validation);
        const std::vector<float> weights = prior_weights(class_shares(part), model.prior);
        const int classes = model.classes();
        const auto probabilities = [&] {
            return evaluate(std::span(&model, 1), part, {.reproducible = sharing_.reproducible}).probabilities;
        };
        const double temperature = fit_temperature(probabilities(), part.labels, classes, weights);
        model = with_temperature(std::move(model), temperature);
        model.sets = fit_conformal_sets(probabilities(), part.labels, classes, weights);
        const auto logits = [&](const Dataset& images) { return read_logits(model, images, sharing_.reproducible); };
        model.strangeness = fit_strangeness(logits(subset(data_, evenly_picked(holdout_.train, kMostRead))),
                                            logits(part), classes, weights);
        return model;
    }

    const Recipe& recipe_;
    const Dataset& data_;
    const Holdout& holdout_;
    const TrainerOptions& options_;
    Sharing sharing_;
    int batch_size_;  // of all processes, of which this one has a part
    int part_size_;
    Normalization normalization_;
    Batches train_;
    Batches validation_;
    std::vector<std::int32_t> labels_;
    std::vector<double> shares_;  // of the classes among the images to learn from
    std::vector<double> prior_;   // the shares that the network assumes
    OwnedLossRule train_rule_;
    OwnedLossRule judge_rule_;
    TrainingState state_;
    TrainingKey key_;
    std::optional<Network> judging_network_;
    std::optional<Teachers> teachers_;
    Clock::time_point saved_ = Clock::now();
};

}  // namespace

TrainingResult train(const Recipe& recipe, const Dataset& data, const Holdout& holdout, const TrainerOptions& options) {
    check_training(recipe, data, holdout);
    check_sharing(recipe, holdout, options.sharing.processes(), options.sharing.reproducible);
    if (recipe.training.synthetic_fill == 0) return Training(recipe, data, holdout, options).run();
    FilledData filled = fill_classes(data, holdout.train, recipe.training.synthetic_fill, recipe.training.seed);
    const Holdout filled_holdout{.train = std::move(filled.samples), .validation = holdout.validation};
    return Training(recipe, filled.data, filled_holdout, options).run();
}

}  // namespace inkling
