#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "planted_studies.h"

namespace {

using nlohmann::ordered_json;

/// Studies of one kind.
struct Kind {
    const char* name;
    inkling::ChooseRule choose;
    inkling::PlantedWorld world;
};

const std::vector<Kind> kKinds{
    {"equal, highest mean", inkling::ChooseRule::kHighestMean, {}},
    {"equal, a quarter common, highest mean", inkling::ChooseRule::kHighestMean, {.common = 0.25}},
    {"equal, a quarter common", inkling::ChooseRule::kCheapest, {.common = 0.25}},
    {"different, a quarter common", inkling::ChooseRule::kCheapest, {.common = 0.25, .gains = 0.006}},
};

double share(std::int64_t part, std::int64_t all) { return static_cast<double>(part) / static_cast<double>(all); }

ordered_json figures(const inkling::PlantedTally& tally) {
    ordered_json wins = ordered_json::object();
    for (const auto& [name, win] : tally.wins)
        wins[name] = {{"won", win.won}, {"expected", win.expected}, {"deviations", win.deviations()}};
    return {{"studies", tally.studies},
            {"trainings", share(tally.trainings, tally.studies)},
            {"false_claims", share(tally.false_claims, tally.studies)},
            {"coverage", share(tally.covered, tally.studies)},
            {"claims", share(tally.claims, tally.comparisons)},
            {"dropped_best", share(tally.dropped_best, tally.rounds)},
            {"fresh_coverage", share(tally.fresh_covered, tally.paths)},
            {"chosen_excess", tally.chosen_excess / static_cast<double>(tally.paths)},
            {"fresh_excess", tally.fresh_excess / static_cast<double>(tally.paths)},
            {"lost", tally.lost / static_cast<double>(tally.rounds)},
            {"win_share", wins}};
}

void print_row(const std::string& budget, const Kind& kind, const inkling::PlantedTally& tally) {
    fmt::print("{:<9} {:<38} {:>5.1f}% {:>5.1f}% {:>5.1f}% {:>5.1f}% {:>9.0f} {:>5.1f}% {:>+7.2f} {:>+7.2f}\n", budget,
               kind.name, 100 * share(tally.false_claims, tally.studies), 100 * share(tally.covered, tally.studies),
               100 * share(tally.claims, tally.comparisons), 100 * share(tally.dropped_best, tally.rounds),
               share(tally.trainings, tally.studies), 100 * share(tally.fresh_covered, tally.paths),
               100 * tally.chosen_excess / static_cast<double>(tally.paths),
               100 * tally.fresh_excess / static_cast<double>(tally.paths));
    std::fflush(stdout);
}

int run(std::int64_t studies, std::uint64_t seed, int threads, const std::string& file) {
    ordered_json json{{"studies", studies}, {"seed", seed}};
    double false_claims = 0;
    double coverage = 1;
    double unequal = 0;
    fmt::print(
        "budget    {} studies of each kind                false   held  found dropped trainings  fresh   chose   "
        "fresh\n",
        studies);
    for (const std::string& budget : inkling::budget_names())
        for (const Kind& kind : kKinds) {
            inkling::StudyRecipe study = inkling::read_study_recipe(INKLING_RECIPES "/study.toml", budget);
            study.choose = kind.choose;
            const inkling::PlantedTally tally = inkling::run_planted_studies(study, kind.world, studies, seed, threads);
            print_row(budget, kind, tally);
            ordered_json row = {{"budget", budget}, {"kind", kind.name}};
            row.update(figures(tally));
            false_claims = std::max(false_claims, share(tally.false_claims, tally.studies));
            coverage = std::min(coverage, share(tally.covered, tally.studies));
            // Where costs decide, the cheaper option wins oftener.
            if (kind.choose == inkling::ChooseRule::kHighestMean)
                for (const auto& [name, win] : tally.wins) unequal = std::max(unequal, std::abs(win.deviations()));
            json["kinds"].push_back(std::move(row));
        }
    json["false_claims"] = false_claims;
    json["coverage"] = coverage;
    json["unequal"] = unequal;
    fmt::print(
        "false claims in {:.1f}% of studies at most, all intervals hold in {:.1f}% at least; wins of equal options "
        "are {:.1f} deviations from equal shares at most\n",
        100 * false_claims, 100 * coverage, unequal);
    if (!file.empty()) inkling::write_file(file, json.dump(2) + "\n");
    return 0;
}

}  // namespace

/// Runs recipes/study.toml of every budget on planted scores, and counts what is claimed falsely.
int main(int argc, char** argv) {
    std::int64_t studies = 1000;
    std::uint64_t seed = 0;
    std::string file;
    int threads = 2;
    CLI::App program(
        "Whole studies whose scores are planted. false: studies that call a chosen option better than one that is no "
        "worse; held: studies whose intervals of differences all hold the true one; found: options rightly called "
        "worse; dropped: rounds whose best option was dropped; fresh: families whose intervals on fresh folds all "
        "hold; the last "
        "two: by how many points the path's gain is too good by the scores that chose, and on fresh folds");
    program.add_option("--studies", studies, "Studies of each kind")->check(CLI::Range(1, 1000000));
    program.add_option("--seed", seed, "Seed of all random numbers");
    program.add_option("--json", file, "File for the numbers");
    program.add_option("--threads", threads, "Studies at a time")->check(CLI::Range(1, 256));
    CLI11_PARSE(program, argc, argv);
    try {
        return run(studies, seed, threads, file);
    } catch (const std::exception& error) {
        fmt::print(stderr, "planted_studies: {}\n", error.what());
        return 1;
    }
}
