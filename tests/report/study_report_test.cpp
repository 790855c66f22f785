#include "report/study_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "refusal.h"
#include "study/results.h"
#include "study/study_database.h"
#include "study/study_recipe.h"
#include "study/study_record.h"
#include "temporary_folder.h"
#include "toy_data.h"

namespace inkling {
namespace {

TEST(StudyReport, IsMadeOnlyOfAStudyThatIsDone) {
    const TemporaryFolder folder;
    const StudyFolder study{folder / "study"};
    EXPECT_TRUE(contains(data_refusal([&] { report_study(study, {}); }), "no study"));

    write_file(folder / "toy.toml", kToyRecipe);
    const StudyRecipe recipe = parse_study_recipe(R"(
[budgets.quick]
folds = 2
epochs = { mlp = 1 }
final_epochs = { mlp = 1 }
final_seeds = 1
[families.mlp]
baseline = "toy.toml"
[[techniques]]
name = "dropout"
options = [{ name = "none", set = ["network.dropout=0"] }]
)",
                                                  "study.toml", folder.path(), "quick");
    make_folder(study.path);
    Database database = open_study_database(study.store(), Database::Mode::kCreate);
    begin_study(database, {.recipe = to_toml(recipe), .budget = "quick", .split = "toy", .files = {}, .threads = 1},
                {.data = folder.path(), .environment = this_environment("0"), .begun = "2026-01-01 00:00:00"});
    const std::string refusal = data_refusal([&] { report_study(study, {}); });
    EXPECT_TRUE(contains(refusal, "this study is not done; go on with 'inkling study"));

    // Yet its page can be made, marked as unfinished.
    const nlohmann::ordered_json figures =
        report_unfinished(read_results(study),
                          {.folder = study.path, .updated = "2026-01-01 00:01:00", .share = 0.25, .seconds_left = 90});
    EXPECT_EQ(figures["unfinished"]["running"], true);
    EXPECT_EQ(figures["unfinished"]["share"], 0.25);
    const auto& family = figures["unfinished"]["families"][0];
    EXPECT_EQ(family["title"], "MLP");
    EXPECT_EQ(family["decided"], 0);
    EXPECT_EQ(family["rounds"], 1);
    EXPECT_EQ(family["exploring"], "dropout");
    EXPECT_TRUE(figures["study"]["families"][0]["best"].is_null());
    EXPECT_TRUE(figures["models"].empty());
}

}  // namespace
}  // namespace inkling
