#pragma once

#include <string>

#include "core/threads.h"
#include "formats/load_dataset.h"
#include "temporary_folder.h"
#include "toy_data.h"
#include "train/evaluate.h"
#include "train/run_folder.h"

namespace inkling {

/// The split "toy" as files and runs that learned it, in one folder.
class ToyRuns {
  public:
    ToyRuns() { write_toy_split(folder.path(), 200, 100); }

    /// A finished run, as 'inkling train' leaves it.
    RunFolder train(const std::string& name, std::uint64_t seed, const std::string& recipe_name = "toy") const {
        Recipe recipe = parse_recipe(kToyRecipe, "toy.toml");
        recipe.name = recipe_name;
        recipe.training.seed = seed;
        const Dataset train_part = load_dataset(folder.path(), "toy", Part::kTrain);
        const Dataset test_part = load_dataset(folder.path(), "toy", Part::kTest);
        RunRecord record{.recipe = recipe.name,
                         .seed = seed,
                         .threads = thread_count(),
                         .split = "toy",
                         .data = folder.path(),
                         .files = train_part.files,
                         .environment = this_environment("0")};
        record.files.insert(record.files.end(), test_part.files.begin(), test_part.files.end());
        const RunFolder run{folder / name};
        begin_run(run, recipe, record);
        const Holdout holdout = stratified_holdout(train_part, recipe.training.validation_fraction, seed);
        const TrainingResult result = inkling::train(recipe, train_part, holdout);
        finish_run(run, result, evaluate(result.model, test_part).metrics);
        return run;
    }

    TemporaryFolder folder;
};

}  // namespace inkling
