#include "planted_studies.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <thread>
#include <vector>

#include "core/random.h"
#include "study/path.h"

namespace inkling {

FoldScore PlantedScores::score(const std::string& key, int fold) const {
    const auto index = 2 + static_cast<std::uint32_t>(fold);
    const double common = world_.common == 0 ? 0 : std::sqrt(world_.common) * draw(key, 1);
    const double own = std::sqrt(1 - world_.common) * draw(key, index);
    const double of_all = world_.folds * RandomStream(seed_, Purpose::kBenchmark, index).normal();
    return {.accuracy = 0.8 + truth(key) + of_all + world_.chance * (common + own)};
}

double PlantedScores::draw(const std::string& key, std::uint32_t index) const {
    std::uint64_t name = 0;
    std::from_chars(key.data(), key.data() + 16, name, 16);
    return RandomStream(seed_ ^ name, Purpose::kBenchmark, index).normal();
}

namespace {

/// What is best before a round was chosen by the scores that it has there, and what lost in an earlier round (a batch
/// size at another learning rate may be what the round of learning rates tried) did so by them: neither is among those
/// that begin alike. `seen` has the configurations of the rounds before.
void count_wins(PlantedTally& tally, const std::string& family, const RoundPath& round, std::set<std::string>& seen) {
    std::vector<std::string> newcomers;
    std::vector<std::string> keys;
    for (const OptionPath& option : round.options) {
        const std::string& key = option.trial().key;
        keys.push_back(key);
        if (key != round.incumbent && !seen.contains(key)) newcomers.push_back(option.name);
    }
    const OptionPath& winner = round.options[round.winner];
    const std::string& won = winner.trial().key;
    const bool new_won = won != round.incumbent && !seen.contains(won);
    seen.insert(keys.begin(), keys.end());
    if (!new_won) return;
    const double chance = 1.0 / static_cast<double>(newcomers.size());
    for (const std::string& name : newcomers) {
        Wins& wins = tally.wins[fmt::format("{}, {}: {}", family, round.name, name)];
        wins.won += name == winner.name ? 1 : 0;
        wins.expected += chance;
        wins.variance += chance * (1 - chance);
    }
}

void count_round(PlantedTally& tally, const RoundPath& round, const PlantedScores& scores) {
    const double chosen = scores.truth(round.options[round.winner].trial().key);
    double best = chosen;
    bool best_is_dropped = false;
    for (const OptionPath& option : round.options) {
        const double truth = scores.truth(option.trial().key);
        if (truth > best) {
            best = truth;
            best_is_dropped = option.trial().status == TrialStatus::kDropped;
        }
        if (!option.beside_chosen) continue;
        const auto& [difference, verdict] = *option.beside_chosen;
        ++tally.comparisons;
        if (verdict == Verdict::kBetter) ++(chosen > truth ? tally.claims : tally.false_claims);
        if (!difference.interval.contains(truth - chosen)) tally.covered = 0;
    }
    ++tally.rounds;
    tally.dropped_best += best_is_dropped ? 1 : 0;
    tally.lost += best - chosen;
}

/// What fresh folds say of a whole path, beside the truth and the scores that chose.
void count_fresh(PlantedTally& tally, const StudyRecipe& study, const StudyFamily& family, const FamilyPath& path,
                 const PlantedScores& scores) {
    std::vector<WantedFold> lacking;
    const FreshFolds fresh = score_fresh_folds(
        study, family, path, begin_fresh_folds(study, family, path),
        [&](const std::string& key, int fold) { return std::optional(scores.score(key, fold)); }, lacking);
    const auto truth = [&](std::size_t trial) { return scores.truth(fresh.trials[trial].key); };
    const auto holds = [&](const std::optional<Difference>& difference, std::size_t a, std::size_t b) {
        return !difference || difference->interval.contains(truth(a) - truth(b));
    };
    bool all = holds(fresh.gain, fresh.final_trial(), fresh.steps.front());
    for (std::size_t i = 1; i < fresh.steps.size(); ++i)
        all = all && holds(fresh.gains[i - 1], fresh.steps[i], fresh.steps[i - 1]);
    for (const ChoiceWorth& worth : fresh.worths) all = all && holds(worth.difference, fresh.steps.back(), worth.trial);
    ++tally.paths;
    tally.fresh_covered += all ? 1 : 0;
    const double gain = truth(fresh.final_trial()) - truth(fresh.steps.front());
    const RoundPath& last = path.rounds.back();
    tally.chosen_excess +=
        last.options[last.winner].trial().mean() - path.rounds.front().incumbent_trial().mean() - gain;
    tally.fresh_excess += (fresh.gain ? fresh.gain->mean : 0) - gain;
}

PlantedTally follow_planted(const StudyRecipe& study, const PlantedWorld& world, std::uint64_t seed) {
    PlantedTally tally{.studies = 1, .covered = 1};
    const PlantedScores scores(world, seed);
    for (const StudyFamily& family : study.families) {
        std::map<std::pair<std::string, int>, FoldScore> known;
        const FindScore find = [&](const std::string& key, int fold) {
            const auto found = known.find({key, fold});
            return found == known.end() ? std::nullopt : std::optional(found->second);
        };
        FamilyPath path;
        PathFollower follower(study, family, path);
        while (follower.follow(find), !path.wanted.empty())
            for (const WantedFold& wanted : path.wanted)
                known[{wanted.key, wanted.fold}] = scores.score(wanted.key, wanted.fold);
        tally.trainings += static_cast<std::int64_t>(known.size());
        std::set<std::string> seen;
        for (const RoundPath& round : path.rounds) {
            count_wins(tally, family.name, round, seen);
            count_round(tally, round, scores);
        }
        count_fresh(tally, study, family, path, scores);
    }
    tally.false_claims = std::min<std::int64_t>(tally.false_claims, 1);
    return tally;
}

}  // namespace

double Wins::deviations() const {
    return variance > 0 ? (static_cast<double>(won) - expected) / std::sqrt(variance) : 0;
}

void PlantedTally::add(const PlantedTally& other) {
    studies += other.studies;
    false_claims += other.false_claims;
    covered += other.covered;
    claims += other.claims;
    comparisons += other.comparisons;
    rounds += other.rounds;
    dropped_best += other.dropped_best;
    trainings += other.trainings;
    lost += other.lost;
    fresh_covered += other.fresh_covered;
    paths += other.paths;
    chosen_excess += other.chosen_excess;
    fresh_excess += other.fresh_excess;
    for (const auto& [name, win] : other.wins) {
        Wins& sum = wins[name];
        sum.won += win.won;
        sum.expected += win.expected;
        sum.variance += win.variance;
    }
}

PlantedTally run_planted_studies(const StudyRecipe& study, const PlantedWorld& world, std::int64_t count,
                                 std::uint64_t seed, int threads) {
    std::vector<PlantedTally> tallies(static_cast<std::size_t>(threads));
    {
        std::vector<std::jthread> workers;
        for (int worker = 0; worker < threads; ++worker)
            workers.emplace_back([&, worker] {
                for (std::int64_t i = worker; i < count; i += threads)
                    tallies[static_cast<std::size_t>(worker)].add(
                        follow_planted(study, world, (seed << 32) + static_cast<std::uint64_t>(i)));
            });
    }
    PlantedTally sum;
    for (const PlantedTally& tally : tallies) sum.add(tally);
    return sum;
}

}  // namespace inkling
