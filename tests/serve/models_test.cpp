#include "serve/models.h"

#include "core/files.h"
#include "refusal.h"
#include "serve/served_folder.h"

namespace inkling::serve {
namespace {

double probability(const Models& models, const std::string& name) {
    return models.find(name)->outputs(std::vector<EmnistImage>(1, image_with(255))).front().probabilities.back();
}

TEST(Models, AreFoundByTheNamesOfTheirFolders) {
    const ServedFolder folder;
    const Models models({folder.path("second"), folder.path("first") + "/model.safetensors", folder.path("first")});
    EXPECT_NEAR(probability(models, "first"), probability_of_b(1), 1e-6);
    EXPECT_NEAR(probability(models, "first-2"), probability_of_b(1), 1e-6);
    EXPECT_NEAR(probability(models, ""), probability_of_b(2), 1e-6) << "the first named reads where none is asked for";
    EXPECT_EQ(models.find("third"), nullptr);
    EXPECT_EQ(models.find(folder.path("first")), nullptr);
    EXPECT_EQ(models.all().size(), 3u);
}

TEST(Models, ReadsAChangedFileAndServesWhoHasTheOldOne) {
    const ServedFolder folder;
    Models models(folder.paths());
    EXPECT_TRUE(models.reload(Reload::kChanged).empty());
    const auto old = models.find("first");
    folder.save("first", 3);
    const auto done = models.reload(Reload::kChanged);
    ASSERT_EQ(done.size(), 1u);
    EXPECT_EQ(done[0].name, "first");
    EXPECT_EQ(done[0].error, "");
    EXPECT_NEAR(probability(models, "first"), probability_of_b(3), 1e-6);
    EXPECT_EQ(models.find("first")->loading(), 2u);
    EXPECT_NEAR(old->outputs(std::vector<EmnistImage>(1, image_with(255))).front().probabilities.back(),
                probability_of_b(1), 1e-6);
    EXPECT_EQ(models.reload(Reload::kAll).size(), 2u);
    EXPECT_EQ(models.find("second")->loading(), 2u);
}

TEST(Models, KeepsWhatIsServedWhereAFileIsBroken) {
    const ServedFolder folder;
    Models models(folder.paths());
    write_file(folder.path("first") + "/model.safetensors", "no model");
    std::filesystem::remove(folder.path("second") + "/model.safetensors");
    const auto done = models.reload(Reload::kChanged);
    ASSERT_EQ(done.size(), 2u);
    for (const Reloaded& each : done) EXPECT_NE(each.error, "");
    EXPECT_NEAR(probability(models, "first"), probability_of_b(1), 1e-6);
    EXPECT_NEAR(probability(models, "second"), probability_of_b(2), 1e-6);
    EXPECT_TRUE(models.reload(Reload::kChanged).empty()) << "it is told once";
    folder.save("first", 2);
    EXPECT_EQ(models.reload(Reload::kChanged).at(0).error, "");
    EXPECT_NEAR(probability(models, "first"), probability_of_b(2), 1e-6);
}

TEST(Models, RefusesWhatIsNoModelAtTheStart) {
    const ServedFolder folder;
    EXPECT_TRUE(contains(data_refusal([&] { Models({folder.path("first"), folder.path("third")}); }), "third"));
}

}  // namespace
}  // namespace inkling::serve
