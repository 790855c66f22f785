#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "study/job.h"
#include "study/path.h"

namespace inkling {

/// What a study comes to, as far as can be told.
struct Outlook {
    std::int64_t trainings = 0;               // in all
    std::optional<double> seconds_left = {};  // with one training at a time; once something is measured
    std::optional<double> share = {};         // of the expected work, in seconds of training, that is done; likewise
};

/// Expects what a study comes to from how far its paths have come and what its trainings took. A training's time is its
/// family's mean so far, times what its configuration costs beside those that were measured: its operations, the
/// updates of its parameters, its epochs. Of the trainings that rounds
/// to come may take, as many are left by dropping as of those decided.
class Forecast {
  public:
    /// `study` must outlive it.
    explicit Forecast(const StudyRecipe& study) : study_(study) {}

    /// `paths` and `tallies` are in the families' order.
    Outlook expect(std::span<const FamilyPath> paths, std::span<const FamilyTally> tallies);

  private:
    struct Work;
    struct FullLengthCosts;
    FullLengthCosts full_length_costs(const StudyFamily& family, const FamilyPath& path);
    double cost(const StudyFamily& family, const Candidate& candidate);
    double measured_cost(const StudyFamily& family, const FamilyPath& path);
    Work later_folds(const StudyFamily& family, const FamilyPath& path, const TrainingTally& folds);

    const StudyRecipe& study_;
    std::map<std::string, double> costs_;  // by family and overrides: making one parses a recipe
};

}  // namespace inkling
