#include "train/rate_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "data/batches.h"
#include "train/optimizer.h"
#include "train/prior.h"
#include "train/step.h"
#include "train/teachers.h"
#include "train/training_checks.h"
#include "train/whitening.h"

namespace inkling {
namespace {

/// The exponential average looks back over so much of the search.
constexpr double kSmoothedShare = 1.0 / 20;
constexpr int kFittedShare = 10;

/// An exponential average that begins as Adam's do: what its weights lack to 1 at first is divided out.
class Smoothing {
  public:
    explicit Smoothing(int steps) : keep_(std::max(0.0, 1 - 1 / (kSmoothedShare * steps))) {}

    double next(double value) {
        sum_ = keep_ * sum_ + (1 - keep_) * value;
        lacking_ *= keep_;
        return sum_ / (1 - lacking_);
    }

  private:
    double keep_;
    double sum_ = 0;
    double lacking_ = 1;
};

/// How much the line that fits the losses best rises for a step.
double slope(std::span<const RateStep> steps) {
    const double middle = (static_cast<double>(steps.size()) - 1) / 2;
    double product = 0;
    double square = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const double place = static_cast<double>(i) - middle;
        product += place * steps[i].loss;
        square += place * place;
    }
    return product / square;
}

/// A training whose steps are taken at any rate, one after another.
class Trial {
  public:
    Trial(const Recipe& recipe, const Dataset& data, const Holdout& holdout)
        : training_(recipe.training),
          batch_size_(step_images(recipe, holdout)),
          normalization_(measure_normalization(data, holdout.train)),
          batches_(data, holdout.train, batch_size_, normalization_, recipe.training.augmentation),
          shares_(class_shares(data, holdout.train)),
          prior_(assumed_prior(training_.prior, shares_)),
          rule_(training_rule(training_, shares_, prior_)),
          teachers_(training_teachers(training_.distillation, data, prior_, normalization_, batch_size_)),
          labels_(static_cast<std::size_t>(batch_size_)),
          network_(recipe.network, data.classes(), batch_size_, Network::Mode::kTrain,
                   network_precision(recipe, data.classes())),
          optimizer_(training_.optimizer, training_.regularization, network_) {
        initialize_for(network_, training_.seed, data, holdout.train, normalization_);
    }

    Network& network() { return network_; }

    /// The mean loss before the step.
    double step(std::size_t number, double learning_rate) {
        const std::size_t index = number % batches_.whole_count();
        if (index == 0) batches_.shuffle(training_.seed, static_cast<std::uint32_t>(number / batches_.whole_count()));
        batches_.load(index, network_.input(), labels_);
        const Targets targets = batch_targets(labels_, batches_.mixture(), teachers_, network_.input());
        const LossResult loss = train_step(network_, optimizer_, training_, rule_, targets,
                                           static_cast<float>(learning_rate), static_cast<std::uint32_t>(number));
        return loss.loss_sum / batch_size_;
    }

  private:
    const TrainingSpec& training_;
    int batch_size_;
    Normalization normalization_;
    Batches batches_;
    std::vector<double> shares_;
    std::vector<double> prior_;
    OwnedLossRule rule_;
    std::optional<Teachers> teachers_;
    std::vector<std::int32_t> labels_;
    Network network_;
    Optimizer optimizer_;
};

}  // namespace

std::optional<double> steepest_rate(std::span<const RateStep> steps, int steps_of_search) {
    const auto fitted = static_cast<std::size_t>(std::max(steps_of_search / kFittedShare, 3));
    const auto least = std::ranges::min_element(steps, {}, &RateStep::smoothed);
    const auto end = static_cast<std::size_t>(least - steps.begin());
    double steepest = 0;
    std::optional<double> rate;
    for (std::size_t i = 0; i + fitted <= end; ++i) {
        const double fall = -slope(steps.subspan(i, fitted));
        if (fall <= steepest) continue;
        steepest = fall;
        rate = steps[i + fitted / 2].learning_rate;
    }
    return rate;
}

std::optional<double> suggested_rate(std::span<const RateStep> steps, int steps_of_search) {
    if (!steepest_rate(steps, steps_of_search)) return std::nullopt;
    return kSuggestedShare * std::ranges::min_element(steps, {}, &RateStep::smoothed)->learning_rate;
}

RateSearch search_rate(const Recipe& recipe, const Dataset& data, const Holdout& holdout,
                       const RateSearchOptions& options) {
    check_training(recipe, data, holdout);
    const RateRange& range = options.range;
    Trial trial(recipe, data, holdout);
    if (options.on_initialized) options.on_initialized(trial.network());
    Smoothing smoothing(range.steps);
    RateSearch search;
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i < range.steps && !search.diverged; ++i) {
        const double rate = range.least * std::pow(range.most / range.least, i / std::max(range.steps - 1.0, 1.0));
        const double loss = trial.step(static_cast<std::size_t>(i), rate);
        if (!std::isfinite(loss)) {
            search.diverged = true;
            break;
        }
        search.steps.push_back({rate, loss, smoothing.next(loss)});
        least = std::min(least, search.steps.back().smoothed);
        search.diverged = search.steps.back().smoothed > kDivergence * least;
        if (options.on_step) options.on_step(search.steps.back());
        if (options.stop && options.stop()) break;
    }
    search.steepest = steepest_rate(search.steps, range.steps);
    search.suggestion = suggested_rate(search.steps, range.steps);
    return search;
}

}  // namespace inkling
