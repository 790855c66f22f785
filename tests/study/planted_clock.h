#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "memory_job_store.h"
#include "planted_studies.h"
#include "study/image_cost.h"
#include "study/owner.h"
#include "study/planner.h"
#include "train/recipe.h"

namespace inkling {

/// A machine on which trainings take planted seconds, by image_cost() and chance.
struct PlantedMachine {
    int workers = 2;
    double speed = 1e10;      // cost a second of one of them
    double noise = 0.2;       // deviation of the logarithm of a training's time; half of its variance is common to all
                              // trainings of a configuration
    double overhead = 0.05;   // of a training's time, which it does not count among its seconds
    double halves_at = 1e99;  // seconds, from when on another program takes half of it
    double thirds_until = 0;  // seconds, until when other programs leave a third of it
};

/// Costs of images by recipe: the same for all studies of as many epochs.
class ImageCosts {
  public:
    /// Of the whole training, of an image: with its epochs.
    double operator()(const StudyRecipe& study, const Job& job) {
        const auto family = std::ranges::find(study.families, job.family, &StudyFamily::name);
        const int epochs = job.role == Role::kFold ? family->epochs : family->final_epochs;
        const std::string key = fmt::format("{} {} {}", job.key, role_name(job.role), epochs);
        const auto found = costs_.find(key);
        if (found != costs_.end()) return found->second;
        const Recipe recipe = parse_recipe(job.recipe, job.family);
        return costs_[key] = image_cost(recipe) * recipe.training.epochs;
    }

  private:
    std::map<std::string, double> costs_;
};

/// A whole study whose scores and times are planted, on a clock of its own.
class PlantedRun {
  public:
    using Watch = std::function<void(double now, const StudyRecipe& study, const Plan& plan)>;

    PlantedRun(const StudyRecipe& study, const PlantedMachine& machine, const PlantedWorld& world, int seed,
               std::int64_t images, double seconds = 0)
        : study_(study),
          machine_(machine),
          scores_(world, static_cast<std::uint64_t>(seed)),
          images_(images),
          planner_(study, seconds),
          store_(shelf_, [this] { return std::chrono::nanoseconds(static_cast<std::int64_t>(now_ * 1e9)); }) {}

    /// Returns when it ended. `watch` is told after each training.
    double run(const Watch& watch = {}) {
        plan(watch);
        for (;;) {
            while (static_cast<int>(busy_.size()) < machine_.workers) {
                const std::optional<StoredJob> job = store_.claim(claim_);
                if (!job) break;
                busy_.emplace(now_ + duration(job->job, now_), *job);
            }
            if (busy_.empty()) return now_;
            const auto [end, stored] = *busy_.begin();
            busy_.erase(busy_.begin());
            now_ = end;
            store_.finish(stored.id, claim_, score(stored));
            plan(watch);
        }
    }

    MemoryJobStore& store() { return store_; }
    const StudyRecipe& study() const { return planner_.study(); }
    const Plan& end() const { return plan_; }

  private:
    void plan(const Watch& watch) {
        plan_ = planner_.plan(store_);
        if (watch) watch(now_, planner_.study(), plan_);
    }

    double work(const Job& job) const {
        static ImageCosts costs;
        const double share = job.role == Role::kFold      ? fold_share(study_)
                             : job.role == Role::kConfirm ? 1 - study_.confirm_fraction
                                                          : 1;
        const auto index = 100 + 100 * static_cast<std::uint32_t>(job.role) + static_cast<std::uint32_t>(job.index);
        const double half = machine_.noise * std::sqrt(0.5);
        return costs(study_, job) * share * static_cast<double>(images_) / machine_.speed *
               std::exp(half * (scores_.draw(job.key, 99) + scores_.draw(job.key, index)));
    }

    double duration(const Job& job, double begin) const {
        const double full = work(job) * (1 + machine_.overhead);
        const double slow = std::clamp((machine_.thirds_until - begin) / 3, 0.0, full);
        const double before = std::clamp(machine_.halves_at - begin, 0.0, full - slow);
        return 3 * slow + before + 2 * (full - slow - before);
    }

    JobScore score(const StoredJob& stored) const {
        const double seconds = duration(stored.job, begin_of(stored)) / (1 + machine_.overhead);
        const bool judges = stored.job.role == Role::kFold || stored.job.role == Role::kConfirm;
        const int fold = stored.job.index + (stored.job.role == Role::kConfirm ? 50 : 0);
        return {.accuracy = judges ? scores_.score(stored.job.key, fold).accuracy : std::nan(""),
                .loss = 1,
                .history = {{.epoch = 1, .seconds = seconds, .images_per_second = 1}}};
    }

    double begin_of(const StoredJob& stored) const {
        return shelf_->entries[static_cast<std::size_t>(stored.id) - 1].span.begin;
    }

    StudyRecipe study_;
    PlantedMachine machine_;
    PlantedScores scores_;
    std::int64_t images_;
    double now_ = 0;
    Planner planner_;
    std::shared_ptr<MemoryJobStore::Shelf> shelf_ = std::make_shared<MemoryJobStore::Shelf>();
    MemoryJobStore store_;
    std::multimap<double, StoredJob> busy_;  // by end
    Plan plan_;
    std::string claim_ = new_claim();  // of this process, which lives, however the planted clock runs
};

}  // namespace inkling
