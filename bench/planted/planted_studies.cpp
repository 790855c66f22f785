#include "planted_studies.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "core/random.h"
#include "study/path.h"
#include "study/statistics.h"

namespace inkling {
namespace {

/// Draws what a study's scores are made of, each a function of its name.
class PlantedScores {
  public:
    PlantedScores(const PlantedWorld& world, std::uint64_t seed) : world_(world), seed_(seed) {}

    double truth(const std::string& key) const { return world_.gains == 0 ? 0 : world_.gains * draw(key, 0); }

    FoldScore score(const std::string& key, int fold) const {
        const double common = world_.common == 0 ? 0 : std::sqrt(world_.common) * draw(key, 1);
        const double own = std::sqrt(1 - world_.common) * draw(key, 3 + static_cast<std::uint32_t>(fold));
        const double of_all = world_.folds * draw(std::string(16, '0'), 3 + static_cast<std::uint32_t>(fold));
        return {.accuracy = 0.8 + truth(key) + of_all + world_.chance * (common + own)};
    }

  private:
    double draw(const std::string& key, std::uint32_t index) const {
        std::uint64_t name = 0;
        std::from_chars(key.data(), key.data() + 16, name, 16);
        return RandomStream(seed_ ^ name, Purpose::kBenchmark, index).normal();
    }

    PlantedWorld world_;
    std::uint64_t seed_;
};

void count_wins(PlantedTally& tally, const std::string& family, const RoundPath& round) {
    std::vector<std::string> newcomers;
    for (const OptionPath& option : round.options)
        if (option.trial().key != round.incumbent) newcomers.push_back(option.name);
    const OptionPath& winner = round.options[round.winner];
    if (winner.trial().key == round.incumbent) return;
    const double chance = 1.0 / static_cast<double>(newcomers.size());
    for (const std::string& name : newcomers) {
        Wins& wins = tally.wins[fmt::format("{}, {}: {}", family, round.name, name)];
        wins.won += name == winner.name ? 1 : 0;
        wins.expected += chance;
        wins.variance += chance * (1 - chance);
    }
}

/// Whether the round tells `option` from the chosen one, though that is no better.
bool claims_falsely(const RoundPath& round, std::size_t option, double ratio, const PlantedScores& scores) {
    const Trial& chosen = round.options[round.winner].trial();
    const Trial& other = round.options[option].trial();
    const std::size_t folds = std::min(chosen.scores.size(), other.scores.size());
    const PairedDifference difference =
        paired_difference(std::span(chosen.scores).first(folds), std::span(other.scores).first(folds), ratio);
    return !difference.interval.contains(0) && scores.truth(chosen.key) <= scores.truth(other.key);
}

PlantedTally follow_planted(const StudyRecipe& study, const PlantedWorld& world, std::uint64_t seed) {
    PlantedTally tally{.studies = 1};
    const double ratio = 1.0 / (study.folds - 1);
    for (const StudyFamily& family : study.families) {
        const PlantedScores scores(world, seed);
        std::map<std::pair<std::string, int>, FoldScore> known;
        const FindScore find = [&](const std::string& key, int fold) {
            const auto found = known.find({key, fold});
            return found == known.end() ? std::nullopt : std::optional(found->second);
        };
        PathFollower follower(study, family);
        FamilyPath path;
        while (path = follower.follow(find), !path.wanted.empty())
            for (const WantedFold& wanted : path.wanted)
                known[{wanted.key, wanted.fold}] = scores.score(wanted.key, wanted.fold);
        tally.trainings += static_cast<std::int64_t>(known.size());
        for (const RoundPath& round : path.rounds) {
            count_wins(tally, family.name, round);
            if (round.runner_up && claims_falsely(round, *round.runner_up, ratio, scores)) tally.false_claims = 1;
            for (std::size_t i = 0; i < round.options.size(); ++i)
                if (i != round.winner && claims_falsely(round, i, ratio, scores)) tally.false_table_claims = 1;
        }
    }
    return tally;
}

}  // namespace

void PlantedTally::add(const PlantedTally& other) {
    studies += other.studies;
    false_claims += other.false_claims;
    false_table_claims += other.false_table_claims;
    trainings += other.trainings;
    for (const auto& [name, wins] : other.wins) {
        Wins& sum = this->wins[name];
        sum.won += wins.won;
        sum.expected += wins.expected;
        sum.variance += wins.variance;
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
