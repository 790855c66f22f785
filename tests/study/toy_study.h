#pragma once

#include <string>

#include "study/job_trainer.h"
#include "study/sqlite_job_store.h"
#include "study/strategy.h"
#include "study/study_database.h"
#include "toy_data.h"

namespace inkling {

// A study of a small network on the toy data, quick enough to be really trained.

inline const std::string kToyBaseline = R"(
[network]
family = "mlp"
hidden = [16, 16, 16]
dropout = 0.1

[training]
batch_size = 32
validation_fraction = 0.2

[optimizer]
kind = "adam"
learning_rate = 0.003
)";

inline StudyRecipe toy_study() {
    StudyRecipe study;
    study.name = "toy";
    study.budget = "quick";
    study.samples = 60;
    study.seed = 3;
    study.data_fraction = 0.75;
    study.folds = 3;
    study.final_seeds = 2;
    study.families = {{.name = "mlp",
                       .baseline = kToyBaseline,
                       .epochs = 2,
                       .final_epochs = 3,
                       .techniques = {{"activation",
                                       {{.name = "relu", .set = {"network.activation=relu"}},
                                        {.name = "elu", .set = {"network.activation=elu"}}}}}}};
    return study;
}

inline StudyRecord toy_record(const StudyRecipe& study) {
    return {.recipe = to_toml(study), .budget = study.budget, .split = "toy", .files = {}, .threads = 1};
}

inline StudyOrigin toy_origin() { return {.data = "/toy", .environment = {}, .begun = "2026-11-23 14:05:09"}; }

inline void begin_toy_study(const StudyFolder& folder, const StudyRecipe& study) {
    Database database = open_study_database(folder.store(), Database::Mode::kCreate);
    begin_study(database, toy_record(study), toy_origin());
}

inline Job toy_job(const StudyRecipe& study, const Candidate& candidate, Role role, int index) {
    const StudyFamily& family = study.families[0];
    const std::uint64_t seed = study.seed + static_cast<std::uint64_t>(index);
    const int epochs = role == Role::kFold ? family.epochs : family.final_epochs;
    return {.family = family.name,
            .candidate = candidate,
            .key = recipe_key(family, candidate),
            .recipe = to_toml(make_recipe(family, candidate, epochs, seed)),
            .role = role,
            .index = index,
            .seed = seed};
}

}  // namespace inkling
