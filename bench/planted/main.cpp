#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "planted_studies.h"

namespace {

using nlohmann::ordered_json;

double share(std::int64_t part, std::int64_t all) { return static_cast<double>(part) / static_cast<double>(all); }

ordered_json figures(const inkling::PlantedTally& tally) {
    ordered_json wins = ordered_json::object();
    for (const auto& [name, win] : tally.wins)
        wins[name] = {{"won", win.won},
                      {"expected", win.expected},
                      {"deviations", (static_cast<double>(win.won) - win.expected) / std::sqrt(win.variance)}};
    return {{"studies", tally.studies},
            {"trainings", share(tally.trainings, tally.studies)},
            {"false_claims", share(tally.false_claims, tally.studies)},
            {"false_table_claims", share(tally.false_table_claims, tally.studies)},
            {"win_share", wins}};
}

}  // namespace

/// Runs recipes/study.toml on planted scores and prints how often it claims a difference that is none.
int main(int argc, char** argv) {
    std::int64_t studies = 1000;
    std::uint64_t seed = 0;
    std::string file;
    int threads = 2;
    CLI::App program("Error rates of whole studies whose scores are planted");
    program.add_option("--studies", studies, "Studies of each kind")->check(CLI::Range(1, 1000000));
    program.add_option("--seed", seed, "Of all random numbers");
    program.add_option("--json", file, "File for the numbers");
    program.add_option("--threads", threads, "At a time")->check(CLI::Range(1, 256));
    CLI11_PARSE(program, argc, argv);
    ordered_json json = ordered_json::array();
    for (const std::string& budget : inkling::budget_names()) {
        const inkling::StudyRecipe study = inkling::read_study_recipe(INKLING_RECIPES "/study.toml", budget);
        for (const double common : {0.0, 0.25}) {
            const inkling::PlantedTally tally =
                inkling::run_planted_studies(study, {.common = common}, studies, seed, threads);
            ordered_json row = {{"budget", budget}, {"common", common}};
            row.update(figures(tally));
            fmt::print(
                "{:<9} {:.2f} common: {:5.1f}% of {} studies claim falsely ({:.1f}% in the tables), {:.0f} trainings\n",
                budget, common, 100 * share(tally.false_claims, tally.studies), tally.studies,
                100 * share(tally.false_table_claims, tally.studies), share(tally.trainings, tally.studies));
            for (const auto& [name, win] : tally.wins) {
                const double z = (static_cast<double>(win.won) - win.expected) / std::sqrt(win.variance);
                if (std::abs(z) > 4) fmt::print("    {}: won {} times, expected {:.0f}\n", name, win.won, win.expected);
            }
            json.push_back(std::move(row));
        }
    }
    if (!file.empty()) std::ofstream(file) << json.dump(2) << "\n";
    return 0;
}
