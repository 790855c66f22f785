#include "train/step.h"

#include <gtest/gtest.h>

#include <numeric>

#include "core/threads.h"
#include "data/batches.h"
#include "own_allocations.h"
#include "random_network.h"

namespace inkling {
namespace {

Dataset noise_images(std::size_t count) {
    Dataset data;
    data.images.resize(count * data.shape.size());
    data.labels.resize(count);
    RandomStream random(1, Purpose::kBenchmark);
    for (auto& byte : data.images) byte = static_cast<std::uint8_t>(random.below(256));
    for (auto& label : data.labels) label = static_cast<std::uint8_t>(random.below(47));
    data.class_names.resize(47);
    return data;
}

struct Case {
    const char* recipe;
    Precision precision;
};

class Step : public testing::TestWithParam<Case> {};

TEST_P(Step, AllocatesNothingAfterTheFirst) {
    constexpr int kBatchSize = 16;
    const auto [name, precision] = GetParam();
#ifdef __SANITIZE_THREAD__
    // The build for this sanitizer starts threads anew each time, and starting one takes memory.
    set_thread_count(1);
#endif
    Recipe recipe = read_recipe(std::string(INKLING_RECIPES "/") + name);
    TrainingSpec& training = recipe.training;
    training.clip_grad_norm = 1;
    training.augmentation = {.rotation = 10, .scale = 0.1f, .shear = 0.1f, .translation = 1, .noise = 0.1f, .mixup = 1};
    Network network(recipe.network, 47, kBatchSize, Network::Mode::kTrain, precision);
    initialize(network, 0);
    Optimizer optimizer(training.optimizer, training.regularization, network);
    const Dataset data = noise_images(4 * kBatchSize);
    std::vector<std::uint32_t> samples(data.size());
    std::iota(samples.begin(), samples.end(), 0u);
    Batches batches(data, samples, kBatchSize, {.mean = 0.5f, .deviation = 0.3f}, training.augmentation);
    std::vector<std::int32_t> labels(kBatchSize);
    batches.shuffle(0, 0);

    const std::size_t at_start = own_allocations();
    EXPECT_GT(at_start, 0u);
    std::size_t after_first = 0;
    for (std::uint32_t step = 0; step < 4; ++step) {
        batches.load(step, network.input(), labels);
        train_step(network, optimizer, training, {},
                   {.labels = labels, .other_labels = batches.mixture().labels, .shares = batches.mixture().shares},
                   1e-3f, step);
        if (step == 0) after_first = own_allocations();
    }
    EXPECT_EQ(own_allocations(), after_first);
}

INSTANTIATE_TEST_SUITE_P(Recipes, Step,
                         testing::Values(Case{"mlp3.toml", Precision::kFloat32}, Case{"cnn3.toml", Precision::kFloat32},
                                         Case{"vgg6.toml", Precision::kFloat32},
                                         Case{"mlp3.toml", Precision::kBfloat16},
                                         Case{"vgg6.toml", Precision::kBfloat16}),
                         [](const auto& tested) {
                             std::string name(tested.param.recipe);
                             name.resize(name.find('.'));
                             return name + (tested.param.precision == Precision::kFloat32 ? "InFp32" : "InBf16");
                         });

}  // namespace
}  // namespace inkling
