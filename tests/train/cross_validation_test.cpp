#include "train/cross_validation.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "core/threads.h"
#include "data/synthetic.h"
#include "refusal.h"
#include "temporary_folder.h"
#include "toy_data.h"
#include "train/evaluate.h"
#include "train/pair_errors.h"
#include "train/planted_labels.h"
#include "train/trainer.h"

namespace inkling {
namespace {

Recipe toy_recipe(const std::vector<std::string>& overrides = {}) {
    return parse_recipe(kToyRecipe, "toy.toml", overrides);
}

/// Works with so many threads for as long as it lives.
class Threads {
  public:
    explicit Threads(int count) : before_(thread_count()) { set_thread_count(count); }
    ~Threads() { set_thread_count(before_); }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

  private:
    int before_;
};

TEST(CrossValidation, ReadsEachImageByTheNetworkThatDidNotLearnIt) {
    const Dataset data = toy_dataset(120);
    const Folds folds = stratified_folds(data, 1, 3, 4);
    const Recipe recipe = toy_recipe();
    const auto read = read_out_of_fold(std::span(&recipe, 1), data, folds);
    ASSERT_EQ(read.size(), 1u);
    const Threads one(1);
    for (int index = 0; index < folds.count; ++index) {
        const Holdout fold = folds.holdout(index);
        const TrainingResult result = train(recipe, data, {.train = fold.train, .validation = {}});
        const Evaluation expected = evaluate(result.model, subset(data, fold.validation));
        for (std::size_t i = 0; i < fold.validation.size(); ++i)
            for (std::size_t c = 0; c < kToyClasses; ++c)
                EXPECT_EQ(read[0][fold.validation[i] * kToyClasses + c], expected.probabilities[i * kToyClasses + c]);
    }
}

TEST(CrossValidation, GivesTheSameWithAnyNumberOfThreads) {
    const Dataset data = toy_dataset(120);
    const Folds folds = stratified_folds(data, 1, 3, 4);
    const std::vector<Recipe> recipes = {toy_recipe(), toy_recipe(std::vector<std::string>{"training.seed=6"})};
    const auto read_with = [&](int threads) {
        const Threads some(threads);
        return read_out_of_fold(recipes, data, folds);
    };
    const auto alone = read_with(1);
    EXPECT_EQ(read_with(3), alone);
    EXPECT_NE(alone[0], alone[1]);
}

TEST(CrossValidation, HoldsAPartOfTheOtherFoldsOutWhereARecipeWatchesOne) {
    const Dataset data = toy_dataset(120);
    const Holdout fold = stratified_folds(data, 1, 3, 4).holdout(0);
    EXPECT_EQ(watched_holdout(toy_recipe(), data, fold.train, 1).train, fold.train);
    const Recipe stops = toy_recipe(std::vector<std::string>{"early_stopping.patience=2"});
    const Holdout watched = watched_holdout(stops, data, fold.train, 1);
    EXPECT_EQ(watched.validation.size(), 16u);
    EXPECT_EQ(watched.train.size() + watched.validation.size(), fold.train.size());
    for (const std::uint32_t sample : watched.validation)
        EXPECT_TRUE(std::binary_search(fold.train.begin(), fold.train.end(), sample));
    EXPECT_NO_THROW(read_out_of_fold(std::span(&stops, 1), data, stratified_folds(data, 1, 3, 4)));
}

TEST(CrossValidation, TellsHowFarItIs) {
    const Dataset data = toy_dataset(120);
    const Recipe recipe = toy_recipe();
    std::vector<FoldProgress> told;
    read_out_of_fold(std::span(&recipe, 1), data, stratified_folds(data, 1, 3, 4),
                     {.on_progress = [&](const FoldProgress& progress) { told.push_back(progress); }});
    ASSERT_FALSE(told.empty());
    EXPECT_TRUE(std::ranges::is_sorted(told, {}, &FoldProgress::share));
    EXPECT_EQ(told.back().done, 3u);
    EXPECT_EQ(told.back().trainings, 3u);
    EXPECT_EQ(told.back().share, 1);
}

TEST(CrossValidation, StopsWhenToldTo) {
    const Dataset data = toy_dataset(120);
    const Recipe recipe = toy_recipe();
    refusal_with(ExitStatus::kInterrupted, [&] {
        read_out_of_fold(std::span(&recipe, 1), data, stratified_folds(data, 1, 3, 4), {.stop = [] { return true; }});
    });
}

TEST(CrossValidation, GoesOnWithWhatItHadRead) {
    const TemporaryFolder folder;
    const Dataset data = toy_dataset(120);
    const Folds folds = stratified_folds(data, 1, 3, 4);
    const Recipe recipe = toy_recipe();
    const auto unbroken = read_out_of_fold(std::span(&recipe, 1), data, folds);
    const KeptReadings kept(folder / "readings", data);
    EXPECT_EQ(kept.count(), 0u);
    const Threads one(1);
    bool done = false;
    refusal_with(ExitStatus::kInterrupted, [&] {
        read_out_of_fold(std::span(&recipe, 1), data, folds,
                         {.on_progress = [&](const FoldProgress& progress) { done = progress.done == 1; },
                          .stop = [&] { return done; },
                          .kept = &kept});
    });
    EXPECT_EQ(kept.count(), 1u);
    std::size_t steps = 0;
    const auto again = read_out_of_fold(std::span(&recipe, 1), data, folds,
                                        {.on_progress = [&](const FoldProgress&) { ++steps; }, .kept = &kept});
    EXPECT_EQ(again, unbroken);
    EXPECT_EQ(kept.count(), 3u);
    const std::size_t steps_of_two = steps;
    steps = 0;
    EXPECT_EQ(read_out_of_fold(std::span(&recipe, 1), data, folds,
                               {.on_progress = [&](const FoldProgress&) { ++steps; }, .kept = &kept}),
              unbroken);
    EXPECT_EQ(steps, 3u) << "told once for each, where nothing is trained";
    EXPECT_GT(steps_of_two, steps);
    kept.clear();
    EXPECT_EQ(kept.count(), 0u);
}

TEST(KeptReadings, AreOfOneRecipeItsTeachersDataAndFold) {
    const TemporaryFolder folder;
    const std::vector<std::uint32_t> learned = {0, 1, 2};
    const std::vector<std::uint32_t> read = {3, 4};
    const Recipe recipe = toy_recipe();
    Dataset data = toy_dataset(120);
    const std::string key = KeptReadings(folder.path(), data).key(recipe, learned, read);
    EXPECT_EQ(KeptReadings(folder.path(), data).key(recipe, learned, read), key);
    EXPECT_NE(KeptReadings(folder.path(), data).key(recipe, learned, learned), key);
    EXPECT_NE(KeptReadings(folder.path(), data).key(recipe, read, read), key);
    EXPECT_NE(KeptReadings(folder.path(), data).key(toy_recipe({"training.epochs=2"}), learned, read), key);
    data.labels[7] = static_cast<std::uint8_t>((data.labels[7] + 1) % kToyClasses);
    EXPECT_NE(KeptReadings(folder.path(), data).key(recipe, learned, read), key);
}

TEST(KeptReadings, AreFoundWhole) {
    const TemporaryFolder folder;
    const Dataset data = toy_dataset(8);
    const KeptReadings kept(folder.path(), data);
    const std::vector<float> probabilities = {0.25f, 0.75f, 1, 0};
    EXPECT_FALSE(kept.find("a", 4));
    kept.keep("a", probabilities);
    EXPECT_EQ(kept.find("a", 4), probabilities);
    EXPECT_FALSE(kept.find("a", 6));
    EXPECT_FALSE(kept.find("b", 4));
    write_file(folder / "a.safetensors", "damaged");
    EXPECT_FALSE(kept.find("a", 4));
}

TEST(CrossValidation, RefusesFoldsOfAPartOfTheImages) {
    const Dataset data = toy_dataset(120);
    const Recipe recipe = toy_recipe();
    EXPECT_THROW(read_out_of_fold(std::span(&recipe, 1), data, stratified_folds(data, 0.5, 3, 4)), Error);
}

/// Those among the first so many synthetic images.
Dataset synthetic_digits(std::size_t images) {
    const Dataset all = make_synthetic(Part::kTrain, images);
    std::vector<std::uint32_t> digits;
    for (std::uint32_t i = 0; i < all.size(); ++i)
        if (all.labels[i] < 10) digits.push_back(i);
    Dataset data = subset(all, digits);
    data.class_names.resize(10);
    return data;
}

TEST(CrossValidation, FindsMostPlantedLabelsAndFewOthers) {
    Dataset data = synthetic_digits(9400);
    const std::vector<PlantedLabel> planted = plant_wrong_labels(data, 0.03, 1);
    const Recipe recipe = parse_recipe(
        "[network]\nfamily = \"mlp\"\nhidden = [64]\n[training]\nepochs = 8\nbatch_size = 64\n"
        "validation_fraction = 0\n[optimizer]\nkind = \"adamw\"\nlearning_rate = 3e-3\n",
        "mlp");
    const auto read = read_out_of_fold(std::span(&recipe, 1), data, stratified_folds(data, 1, 3, 1));
    const auto score = [&](double doubt) {
        const auto classes = static_cast<std::size_t>(data.classes());
        return score_planted(planted, learn_confidently(read.front(), data.labels, classes, doubt).doubts);
    };
    for (const double doubt : {1.0, 0.05}) {
        EXPECT_EQ(score(doubt).planted, 60u);
        EXPECT_GT(score(doubt).recall(), 0.65) << doubt;
        EXPECT_GT(score(doubt).precision(), 0.6) << doubt;
        EXPECT_GE(score(doubt).named, score(doubt).found * 9 / 10) << doubt;
    }
}

}  // namespace
}  // namespace inkling
