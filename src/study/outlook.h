#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "study/job.h"
#include "study/path.h"

namespace inkling {

/// What a study comes to, as far as can be told.
struct Outlook {
    std::int64_t trainings = 0;               // in all
    std::optional<double> seconds_left = {};  // with one training at a time; once something is measured
    std::optional<double> share = {};         // of the expected work, in seconds of training, that is done; likewise
    double longest = 0;                       // seconds of the longest training left
    std::vector<double> of_families = {};     // of seconds_left, each family's; 0 where it is not known

    /// With so many trainings at a time.
    std::optional<double> seconds_left_of(int workers) const {
        return seconds_left ? std::optional(std::max(*seconds_left / workers, longest)) : std::nullopt;
    }
};

/// Expects what a study comes to from how far its paths have come and what its trainings took. A training's time is its
/// family's mean so far, on folds or at full length, times what its configuration costs beside those that were
/// measured: image_cost(), its epochs, the images that it learns from.
///
/// Of the trainings that rounds to come may take, as many are left by dropping as of those decided; the winner of a
/// round is expected to cost what its options do on average, or nearer to the cheapest where that is chosen. Behind the
/// rounds come fresh folds, what confirms, and the trainings on the whole training part.
class Forecast {
  public:
    /// `study` must outlive it. `prior` are each family's seconds per cost of a training on folds, for where none is
    /// measured yet; none where empty.
    explicit Forecast(const StudyRecipe& study, std::vector<double> prior = {})
        : study_(&study), prior_(std::move(prior)) {}

    /// Goes over to `study`, the same but for its numbers.
    void expect_of(const StudyRecipe& study, std::vector<double> prior = {}) {
        study_ = &study;
        prior_ = std::move(prior);
    }

    /// `paths` and `tallies` are in the families' order.
    Outlook expect(std::span<const FamilyPath> paths, std::span<const FamilyTally> tallies);

    /// What a training costs, on folds or at full length.
    double cost(const StudyFamily& family, const Candidate& candidate, Role role);

  private:
    struct Work;
    struct FullLength;
    struct ImageCost {
        double image = 0;
        int epochs = 0;
    };
    struct RoundCost {
        std::size_t options = 0;  // that are not what was best before
        std::size_t rates = 0;
        bool tunes = false;
        double mean = 1;    // cost of its candidates beside what was best before
        double growth = 1;  // expected of its winner beside that
    };
    const RoundCost& round_cost(const StudyFamily& family, std::size_t index, const Candidate& best);
    double cost(const StudyFamily& family, const Candidate& candidate);
    double measured_cost(const StudyFamily& family, const FamilyPath& path);
    double expected_growth(std::vector<double> costs, double best) const;
    Work later_folds(const StudyFamily& family, const FamilyPath& path);
    FullLength confirming(const StudyFamily& family, const FamilyPath& path, double growth);
    FullLength finals(const StudyFamily& family, const FamilyPath& path, const FamilyTally& tally, double growth);

    const StudyRecipe* study_;
    std::vector<double> prior_;
    // Kept, since making them parses recipes: by family and overrides; by family, round and what was best before.
    std::map<std::string, ImageCost> costs_;
    std::map<std::string, RoundCost> rounds_;
};

}  // namespace inkling
