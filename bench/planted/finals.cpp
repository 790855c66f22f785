#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/files.h"
#include "study/planted_finals.h"

// How often the 95% interval of the difference of two final configurations holds the difference that was planted:
//   planted_finals [--studies N] [--seed S] [--json FILE]

namespace inkling {
namespace {

struct Case {
    const char* name;
    PlantedFinals plant;
};

PlantedFinals finals(PlantedSide a, PlantedSide b, int seeds_a, int seeds_b) {
    a.seeds = seeds_a;
    b.seeds = seeds_b;
    return {.a = a, .b = b};
}

/// About 88 and 87% right, two seeds of either differ in one of 14 images; what varies is how far a seed's accuracy
/// lies from another's beyond that: a deviation of 0.005 is a tenth of a point.
std::vector<Case> cases(int a, int b) {
    const PlantedSide better{.threshold = 1.17};
    const PlantedSide worse{.threshold = 1.12};
    const auto with = [](PlantedSide side, double seeds) {
        side.seed_deviation = seeds;
        return side;
    };
    PlantedSide steady = better;
    steady.image_share = 0.95;
    return {{"seeds: none", finals(better, worse, a, b)},
            {"seeds: 0.1 points", finals(with(better, 0.005), with(worse, 0.005), a, b)},
            {"seeds: 0.2 points", finals(with(better, 0.01), with(worse, 0.01), a, b)},
            {"seeds: 0.05 and 0.2 points", finals(with(better, 0.0025), with(worse, 0.01), a, b)},
            {"seeds: 0.5 points", finals(with(better, 0.025), with(worse, 0.025), a, b)},
            {"seeds: 0.1 and 0.5 points", finals(with(better, 0.005), with(worse, 0.025), a, b)},
            {"seeds: 0.1 points, no difference", finals(with(better, 0.005), with(better, 0.005), a, b)},
            {"seeds: 0.1 points, few images in doubt", finals(with(steady, 0.005), with(steady, 0.005), a, b)}};
}

int run(int argc, char** argv) {
    int studies = 1000;
    std::uint64_t seed = 0;
    std::string file;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view option = argv[i];
        if (option == "--studies") studies = std::max(1, std::atoi(argv[i + 1]));
        if (option == "--seed") seed = std::strtoull(argv[i + 1], nullptr, 10);
        if (option == "--json") file = argv[i + 1];
    }
    auto json = nlohmann::ordered_json::array();
    fmt::print("{:<40} {:>6} {:>9} {:>22} {:>22}\n", "", "seeds", "coverage", "half width, points",
               "its SD times 1.96");
    for (const auto& [a, b] : {std::pair{2, 2}, {3, 3}, {5, 5}, {2, 3}})
        for (const Case& one : cases(a, b)) {
            const FinalsCoverage found = cover_finals(one.plant, studies, seed);
            fmt::print("{:<40} {:>6} {:>8.1f}% {:>22.3f} {:>22.3f}\n", one.name, fmt::format("{}, {}", a, b),
                       100 * found.coverage(), 100 * found.half_width, 196 * found.deviation);
            std::fflush(stdout);
            json.push_back({{"case", one.name},
                            {"seeds", {a, b}},
                            {"studies", studies},
                            {"coverage", found.coverage()},
                            {"half_width", found.half_width},
                            {"deviation", found.deviation}});
        }
    if (!file.empty()) write_file(file, json.dump(2) + "\n");
    return 0;
}

}  // namespace
}  // namespace inkling

int main(int argc, char** argv) { return inkling::run(argc, argv); }
