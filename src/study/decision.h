#pragma once

#include <cstddef>
#include <vector>

namespace inkling {

/// What a study with a time may still do, as decided between two rounds: a fact, as scores are.
struct Decision {
    int border = 0;                         // border_of()
    double spent = 0;                       // seconds of the study's time
    double expected = 0;                    // seconds that the trainings are expected to take in all
    std::vector<std::size_t> decided = {};  // rounds of each family that are decided
    std::vector<std::size_t> rounds = {};   // of each family that are made, those that are decided included
    // See StudyRecipe.
    int confirm = 0;
    int confirm_seeds = 1;
    int final_seeds = 0;
    bool curves = false;

    bool operator==(const Decision&) const = default;
};

}  // namespace inkling
