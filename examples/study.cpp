// Which activation is best? A study from code: study FOLDER. Called again, it goes on where it was stopped.
#include <fmt/format.h>
#include <formats/load_dataset.h>
#include <study/finals.h>
#include <study/job_trainer.h>
#include <study/results.h>
#include <study/sqlite_job_store.h>
#include <study/study.h>
#include <study/study_database.h>

// Every key is one of recipes/README.md, "Studies".
constexpr const char* kStudy = R"(
[budgets.quick]
data_fraction = 0.05
folds = 3
fresh_folds = 0
confirm = 0
curves = false
final_seeds = 2
epochs = { mlp = 3 }
final_epochs = { mlp = 1 }
[families.mlp]
baseline_recipe = '''
[network]
family = "mlp"
hidden = [64, 64, 64]
[optimizer]
kind = "adamw"
learning_rate = 3e-3
'''
[[techniques]]
name = "activation"
key = "network.activation"
values = ["tanh", "elu", "silu"]
)";

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: study FOLDER\n");
        return 2;
    }
    try {
        const inkling::StudyFolder folder{argv[1]};
        std::filesystem::create_directories(folder.path);
        const inkling::StudyRecipe study = inkling::parse_study_recipe(kStudy, "the example's study", ".", "quick");
        const inkling::Dataset data = inkling::load_dataset({}, "synthetic", inkling::Part::kTrain);
        // What the study is and began with: where it goes on, it must be the same.
        const inkling::StudyOrigin origin{
            .data = {}, .environment = inkling::this_environment("example"), .begun = "today"};
        inkling::Database database = inkling::open_study_database(folder.store(), inkling::Database::Mode::kCreate);
        const inkling::StudyRecord record = inkling::begin_study(database,
                                                                 {.recipe = inkling::to_toml(study),
                                                                  .budget = study.budget,
                                                                  .split = data.split,
                                                                  .files = data.files,
                                                                  .needs = inkling::needs_of(study)},
                                                                 origin);
        inkling::run_study(inkling::sqlite_job_stores(folder.store()), study,
                           inkling::JobTrainer(folder, study, data, record.needs, origin), {.workers = 2});
        inkling::test_finals(folder, [] { return inkling::load_dataset({}, "synthetic", inkling::Part::kTest); });
        const inkling::StudyResults results = inkling::read_results(folder);
        for (const inkling::RoundPath& round : results.families[0].path.rounds)
            for (const inkling::OptionPath& option : round.options)
                fmt::print("{} {}: {:.1f}%\n", round.name, option.name, 100 * option.trial().mean());
        for (const inkling::StoredJob& run : results.families[0].best_runs)
            fmt::print("best, tested: {:.1f}%\n", 100 * run.score.accuracy);
    } catch (const inkling::Error& error) {
        fmt::print(stderr, "study: {}\n", error.what());
        return static_cast<int>(error.status());
    }
}
