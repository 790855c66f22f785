#include "report/model_card.h"

#include <gtest/gtest.h>

#include "core/files.h"
#include "refusal.h"
#include "report/toy_run.h"

namespace inkling {
namespace {

TEST(ModelCard, TellsDataTrainingResultsAndLimits) {
    const ToyRuns runs;
    const std::string card = model_card(runs.train("run", 3), "1.2.3");
    for (const char* part :
         {"# toy\n", "## Data\n", "| emnist-toy-test-labels-idx1-ubyte.gz | ", "## Training\n", "seed 3,",
          "```toml\nname = \"toy\"\n", "## Results\n\nOn 100 images of the test part of toy:", "It was not calibrated",
          "## Limits\n", "written by inkling 1.2.3"})
        EXPECT_TRUE(contains(card, part)) << part;
}

TEST(ModelCard, ShowsNamesAndNoMarkup) {
    const ToyRuns runs;
    const std::string card = model_card(runs.train("run", 3, "<b>a|b `c` # d"), "1");
    EXPECT_TRUE(contains(card, "# \\<b\\>a\\|b \\`c\\` \\# d\n"));
}

TEST(ModelCard, RefusesDamagedMetrics) {
    const ToyRuns runs;
    const RunFolder run = runs.train("run", 3);
    std::string metrics = read_text(run.metrics());
    metrics.replace(metrics.find("\"confusion\": ["), 14, "\"confusion\": [1,");
    write_file(run.metrics(), metrics);
    EXPECT_TRUE(contains(data_refusal([&] { model_card(run, "1"); }), "metrics.json"));
}

}  // namespace
}  // namespace inkling
