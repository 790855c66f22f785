#include "study/machine_pace.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>

#include "core/error.h"
#include "core/threads.h"
#include "study/image_cost.h"
#include "study/strategy.h"
#include "train/trainer.h"

namespace inkling {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWarmUpSteps = 5;
constexpr std::size_t kImages = 10000;

double seconds_since(Clock::time_point then) { return std::chrono::duration<double>(Clock::now() - then).count(); }

/// Images of all the data, evenly, one of ten held out.
Holdout some_images(const Dataset& data) {
    Holdout holdout;
    const std::size_t size = data.size();
    const std::size_t count = std::min(size, kImages);
    for (std::size_t i = 0; i < count; ++i)
        (i % 10 == 9 ? holdout.validation : holdout.train).push_back(static_cast<std::uint32_t>(i * size / count));
    return holdout;
}

/// Of one training among those side by side.
double seconds_per_image(const Recipe& recipe, const Dataset& data, const PaceOptions& options) {
    std::int64_t steps = 0;
    Clock::time_point begun;
    double seconds = 0;
    bool stopped = false;
    train(recipe, data, some_images(data), {.stop = [&] {
              if (steps++ == kWarmUpSteps) begun = Clock::now();
              stopped = options.stop && options.stop();
              if (steps > kWarmUpSteps) seconds = seconds_since(begun);
              return stopped || seconds >= options.seconds;
          }});
    if (stopped) throw Error(ExitStatus::kInterrupted, "stopped");
    const double images = static_cast<double>(steps - kWarmUpSteps - 1) *
                          std::min<double>(recipe.training.batch_size, static_cast<double>(data.size()));
    return seconds / std::max(images, 1.0);
}

/// The mean over the trainings side by side.
double measure(Recipe recipe, const Dataset& data, const PaceOptions& options) {
    recipe.training.epochs = 100000;
    recipe.training.precision = settled_precision(recipe, data.classes(), options.automatic);
    std::vector<double> seconds(static_cast<std::size_t>(options.workers));
    std::vector<std::exception_ptr> errors(seconds.size());
    {
        std::vector<std::jthread> workers;
        for (std::size_t i = 0; i < seconds.size(); ++i)
            workers.emplace_back([&, i] {
                try {
                    set_thread_count(options.threads);
                    start_threads();
                    seconds[i] = seconds_per_image(recipe, data, options);
                } catch (...) {
                    errors[i] = std::current_exception();
                }
            });
    }
    for (const std::exception_ptr& error : errors)
        if (error) std::rethrow_exception(error);
    double sum = 0;
    for (const double value : seconds) sum += value;
    return sum / options.workers;
}

/// The most expensive of the networks that are tried beside the baseline.
Recipe most_expensive(const StudyRecipe& study, const StudyFamily& family) {
    const Candidate baseline = baseline_candidate(family);
    Recipe most = make_recipe(family, baseline, family.epochs, study.seed);
    if (study.strategy != StrategyKind::kSequential) return most;
    for (std::size_t i = 0; i < round_count(study, family); ++i)
        for (const RoundOption& option : make_round(study, family, i, baseline).options) {
            if (option.candidates.empty()) continue;
            const Recipe recipe = make_recipe(family, option.candidates.front(), family.epochs, study.seed);
            if (image_cost(recipe) > image_cost(most)) most = recipe;
        }
    return most;
}

}  // namespace

MachinePace measure_pace(const StudyRecipe& study, const Dataset& data, const PaceOptions& options) {
    MachinePace pace{.seconds_per_cost = {}, .workers = options.workers};
    for (const StudyFamily& family : study.families) {
        double sum = 0;
        const Recipe baseline = make_recipe(family, baseline_candidate(family), family.epochs, study.seed);
        const Recipe most = most_expensive(study, family);
        for (const Recipe* recipe : {&baseline, &most}) sum += measure(*recipe, data, options) / image_cost(*recipe);
        pace.seconds_per_cost.push_back(sum / 2);
    }
    return pace;
}

}  // namespace inkling
