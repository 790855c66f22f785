#include "data/augmentation.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace inkling {
namespace {

constexpr Shape kImage{1, 28, 28};
constexpr AugmentationSpec kAffine{.rotation = 7, .scale = 0.1f, .shear = 0.1f, .translation = 1};
constexpr AugmentationSpec kElastic{.elastic_alpha = 34, .elastic_sigma = 4};
constexpr AugmentationSpec kNoise{.noise = 0.1f};
constexpr AugmentationSpec kAffineAndElastic{
    .rotation = 7, .scale = 0.1f, .shear = 0.1f, .translation = 1, .elastic_alpha = 34, .elastic_sigma = 4};

/// One image on one thread, so that its time is what an image costs.
void augmentation(benchmark::State& state, const AugmentationSpec& spec) {
    std::vector<float> image(kImage.size());
    RandomStream random(0, Purpose::kBenchmark);
    for (float& value : image) value = random.uniform();
    const Distortion distortion(spec, kImage);
    std::vector<float> scratch(distortion.scratch_size()), output(kImage.size());
    std::uint32_t sample = 0;
    for (auto _ : state) {
        distortion.apply(image, {}, RandomStream(0, Purpose::kAugmentation, 0, sample++), scratch, output.data());
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(augmentation, affine, kAffine);
BENCHMARK_CAPTURE(augmentation, elastic, kElastic);
BENCHMARK_CAPTURE(augmentation, affine_and_elastic, kAffineAndElastic);
BENCHMARK_CAPTURE(augmentation, noise, kNoise);

}  // namespace
}  // namespace inkling
