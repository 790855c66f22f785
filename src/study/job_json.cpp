#include "study/job_json.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "study/study_recipe.h"

namespace inkling {
namespace {

constexpr int kMostEpochs = 1'000'000;
constexpr std::size_t kMostKeyBytes = 64;
constexpr std::size_t kMostRounds = 10'000;

Json row_of(const EpochRecord& epoch) {
    return {epoch.epoch,
            number_json(epoch.learning_rate),
            number_json(epoch.train_loss),
            number_json(epoch.train_accuracy),
            number_json(epoch.validation_loss),
            number_json(epoch.validation_accuracy),
            number_json(epoch.seconds),
            number_json(epoch.images_per_second)};
}

/// `least`: what the epoch's number may be.
EpochRecord read_epoch(const Json& row, std::int64_t least) {
    constexpr const char* kWhat = "an epoch";
    check_row(row, kWhat, 8);
    const EpochRecord epoch{.epoch = static_cast<int>(as_integer(row[0], kWhat, least, kMostEpochs)),
                            .learning_rate = as_number(row[1], kWhat),
                            .train_loss = as_number(row[2], kWhat),
                            .train_accuracy = as_number(row[3], kWhat),
                            .validation_loss = as_number(row[4], kWhat),
                            .validation_accuracy = as_number(row[5], kWhat),
                            .seconds = as_number(row[6], kWhat),
                            .images_per_second = as_number(row[7], kWhat)};
    for (const double known :
         {epoch.learning_rate, epoch.train_loss, epoch.train_accuracy, epoch.seconds, epoch.images_per_second})
        if (std::isnan(known)) throw BadValue("an epoch lacks a number");
    return epoch;
}

std::vector<std::size_t> read_counts(const Json& object, const char* key) {
    std::vector<std::size_t> counts;
    for (const Json& count : list_in(object, key, kMostRounds))
        counts.push_back(static_cast<std::size_t>(as_integer(count, key, 0, kMostRounds)));
    return counts;
}

double finite_in(const Json& object, const char* key) {
    const double number = number_in(object, key);
    if (!std::isfinite(number)) throw BadValue(fmt::format("{} is not finite", key));
    return number;
}

}  // namespace

Json to_json(const Job& job) {
    return {{"family", job.family},
            {"key", job.key},
            {"overrides", job.candidate.overrides},
            {"learning_rate", number_json(job.candidate.learning_rate)},
            {"role", role_name(job.role)},
            {"index", job.index},
            {"seed", job.seed},
            {"recipe", job.recipe}};
}

Role read_role(const Json& object) {
    const auto* const found = std::find(kRoleNames.begin(), kRoleNames.end(), text_in(object, "role"));
    if (found == kRoleNames.end()) throw BadValue("role is none");
    return static_cast<Role>(found - kRoleNames.begin());
}

/// Family, key and index become parts of paths.
Job read_job(const Json& json) {
    Job job{.family = text_in(json, "family"),
            .candidate = {.overrides = {}, .learning_rate = finite_in(json, "learning_rate")},
            .key = text_in(json, "key", kMostKeyBytes),
            .recipe = text_in(json, "recipe"),
            .role = read_role(json),
            .index = static_cast<int>(integer_in(json, "index", 0, kMostJobIndex))};
    if (!is_family_name(job.family)) throw BadValue("family is none");
    if (job.key.empty() || job.key.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz") != std::string::npos)
        throw BadValue("key is no configuration's");
    for (const Json& text : list_in(json, "overrides")) job.candidate.overrides.push_back(as_text(text, "an override"));
    const Json& seed = field_in(json, "seed");
    if (!seed.is_number_unsigned()) throw BadValue("seed is no whole number from 0");
    job.seed = seed.get<std::uint64_t>();
    return job;
}

Json to_json(const JobScore& score) {
    Json epochs = Json::array();
    for (const EpochRecord& epoch : score.history) epochs.push_back(row_of(epoch));
    return {
        {"accuracy", number_json(score.accuracy)}, {"loss", number_json(score.loss)}, {"epochs", std::move(epochs)}};
}

JobScore read_score(const Json& json) {
    JobScore score{.accuracy = number_in(json, "accuracy"), .loss = number_in(json, "loss")};
    for (const Json& row : list_in(json, "epochs", kMostEpochs))
        score.history.push_back(read_epoch(row, score.history.empty() ? 1 : score.history.back().epoch + 1));
    return score;
}

Json to_json(const Decision& decision) {
    return {{"border", decision.border},
            {"spent", number_json(decision.spent)},
            {"expected", number_json(decision.expected)},
            {"decided", decision.decided},
            {"rounds", decision.rounds},
            {"confirm", decision.confirm},
            {"confirm_seeds", decision.confirm_seeds},
            {"final_seeds", decision.final_seeds},
            {"curves", decision.curves}};
}

Decision read_decision(const Json& json) {
    return {.border = static_cast<int>(integer_in(json, "border", 0, std::numeric_limits<int>::max())),
            .spent = finite_in(json, "spent"),
            .expected = finite_in(json, "expected"),
            .decided = read_counts(json, "decided"),
            .rounds = read_counts(json, "rounds"),
            .confirm = static_cast<int>(integer_in(json, "confirm", 0, kMostConfirmed)),
            .confirm_seeds = static_cast<int>(integer_in(json, "confirm_seeds", 0, kMostConfirmed)),
            .final_seeds = static_cast<int>(integer_in(json, "final_seeds", 0, kMostFinalSeeds)),
            .curves = flag_in(json, "curves")};
}

}  // namespace inkling
