#include "train/cross_validation.h"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <optional>
#include <string>

#include "core/error.h"
#include "core/threads.h"
#include "train/evaluate.h"
#include "train/schedule.h"
#include "train/trainer.h"

namespace inkling {
namespace {

Error stopped() { return {ExitStatus::kInterrupted, "stopped"}; }

/// What trainings side by side tell of themselves.
class Tally {
  public:
    Tally(std::size_t trainings, const FoldOptions& options) : shares_(trainings), options_(options) {}

    void tell(std::size_t training, double share) {
        if (!options_.on_progress) return;
        const std::lock_guard lock(mutex_);
        shares_[training] = share;
        const auto done = std::count(shares_.begin(), shares_.end(), 1.0);
        options_.on_progress(
            {.done = static_cast<std::size_t>(done),
             .trainings = shares_.size(),
             .share = std::accumulate(shares_.begin(), shares_.end(), 0.0) / static_cast<double>(shares_.size())});
    }

  private:
    std::mutex mutex_;
    std::vector<double> shares_;  // done, of each training
    const FoldOptions& options_;
};

double share_done(const StepReport& report, int epochs) {
    constexpr double kReading = 0.01;  // of the fold, once it is trained
    const double epoch = report.epoch - 1 + static_cast<double>(report.step) / static_cast<double>(report.steps);
    return (1 - kReading) * epoch / epochs;
}

/// What was read of a fold before, else what is read now, and kept.
std::vector<float> kept_or(const KeptReadings* kept, const Recipe& recipe, const Holdout& fold, std::size_t classes,
                           const std::function<std::vector<float>()>& read) {
    if (kept == nullptr) return read();
    const std::string key = kept->key(recipe, fold.train, fold.validation);
    if (std::optional<std::vector<float>> found = kept->find(key, fold.validation.size() * classes)) return *found;
    std::vector<float> now = read();
    kept->keep(key, now);
    return now;
}

}  // namespace

bool watches_part(const TrainingSpec& training) {
    return training.calibrate || training.early_stopping.patience > 0 || watches_validation(training.schedule.kind);
}

double watched_fraction(const Recipe& recipe) {
    constexpr double kUsual = 0.1;
    return recipe.training.validation_fraction > 0 ? recipe.training.validation_fraction : kUsual;
}

Holdout watched_holdout(const Recipe& recipe, const Dataset& data, std::span<const std::uint32_t> samples,
                        std::uint64_t seed) {
    if (!watches_part(recipe.training)) return {.train = {samples.begin(), samples.end()}, .validation = {}};
    return stratified_holdout(data, samples, watched_fraction(recipe), seed);
}

std::vector<std::vector<float>> read_out_of_fold(std::span<const Recipe> recipes, const Dataset& data,
                                                 const Folds& folds, const FoldOptions& options) {
    const auto classes = static_cast<std::size_t>(data.classes());
    const auto count = static_cast<std::size_t>(folds.count);
    if (folds.samples.size() != data.size())
        throw failed("{} of {} images are in a fold, expected all", folds.samples.size(), data.size());
    std::vector<std::vector<float>> read(recipes.size(), std::vector<float>(data.size() * classes));
    Tally tally(recipes.size() * count, options);
    run_tasks(recipes.size() * count, [&](std::size_t training, int) {
        if (options.stop && options.stop()) throw stopped();
        const Recipe& recipe = recipes[training / count];
        const Holdout fold = folds.holdout(static_cast<int>(training % count));
        const auto train_and_read = [&] {
            const Holdout holdout = watched_holdout(recipe, data, fold.train, recipe.training.seed);
            const auto on_step = [&](const StepReport& step) {
                tally.tell(training, share_done(step, recipe.training.epochs));
            };
            const TrainingResult result = train(recipe, data, holdout, {.on_step = on_step, .stop = options.stop});
            if (result.outcome == Outcome::kInterrupted) throw stopped();
            return evaluate(result.model, subset(data, fold.validation)).probabilities;
        };
        const std::vector<float> probabilities = kept_or(options.kept, recipe, fold, classes, train_and_read);
        for (std::size_t i = 0; i < fold.validation.size(); ++i)
            std::copy_n(probabilities.begin() + static_cast<std::ptrdiff_t>(i * classes), classes,
                        read[training / count].begin() + static_cast<std::ptrdiff_t>(fold.validation[i] * classes));
        tally.tell(training, 1);
    });
    return read;
}

}  // namespace inkling
