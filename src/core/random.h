#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace inkling {

/// What a stream of random numbers is for. A purpose keeps its number for good: old seeds must give old runs.
enum class Purpose : std::uint32_t {
    kInitialization = 1,
    kShuffle = 2,
    kDropout = 3,
    kSplit = 4,
    kAugmentation = 5,
    kPictures = 6,
    kBenchmark = 7,
    kStudy = 8,
    kFolds = 9,
    kImportance = 10,
    kTpe = 11,
    kWriters = 16,
    kHandwriting = 17,
    kPerClass = 18,
    kMixing = 20,
};

/// Philox4x32-10: four 32-bit words from a 128-bit counter and a 64-bit key.
/// J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = std::uint64_t{0xD2511F53u} * counter[0];
        const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * counter[2];
        counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
                   static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
        key[0] += 0x9E3779B9u;
        key[1] += 0xBB67AE85u;
    }
    return counter;
}

/// A word's uniform number in [0, 1), exact in float: its 24 upper bits.
inline float uniform_from_bits(std::uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24f; }

/// A stream of random numbers that is named, not stateful across uses: the same seed, purpose and two indices (say
/// epoch and sample) give the same numbers wherever, whenever and on whichever thread they are drawn.
class RandomStream {
  public:
    RandomStream(std::uint64_t seed, Purpose purpose, std::uint32_t first = 0, std::uint32_t second = 0)
        : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
          counter_{0, static_cast<std::uint32_t>(purpose), first, second} {}

    std::uint32_t next_bits() {
        if (used_ == 4) {
            words_ = philox(counter_, key_);
            ++counter_[0];
            used_ = 0;
        }
        return words_[used_++];
    }

    /// In [0, 1).
    float uniform() { return uniform_from_bits(next_bits()); }

    /// In [low, high).
    float uniform(float low, float high) { return low + (high - low) * uniform(); }

    /// In 0 .. bound-1, without bias (Lemire's method); bound is 1 or more.
    std::uint32_t below(std::uint32_t bound) {
        std::uint64_t product = std::uint64_t{next_bits()} * bound;
        if (static_cast<std::uint32_t>(product) < bound) {
            const std::uint32_t threshold = (0u - bound) % bound;
            while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{next_bits()} * bound;
        }
        return static_cast<std::uint32_t>(product >> 32);
    }

    /// Normal with mean 0 and deviation 1 (Box-Muller).
    float normal() {
        const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
        return static_cast<float>(radius * std::cos(2.0 * std::numbers::pi * uniform()));
    }

    /// Two such numbers, independent of one another, in single precision: for where there are many.
    std::array<float, 2> normal_pair() {
        const float radius = std::sqrt(-2.0f * std::log(1.0f - uniform()));
        const float angle = 2 * std::numbers::pi_v<float> * uniform();
        return {radius * std::cos(angle), radius * std::sin(angle)};
    }

  private:
    std::array<std::uint32_t, 2> key_;
    std::array<std::uint32_t, 4> counter_;
    std::array<std::uint32_t, 4> words_{};
    unsigned used_ = 4;
};

/// Puts the items of a random-access container into a random order (Fisher-Yates).
template <class Container>
void shuffle(Container& items, RandomStream random) {
    for (std::size_t i = items.size(); i > 1; --i)
        std::swap(items[i - 1], items[random.below(static_cast<std::uint32_t>(i))]);
}

}  // namespace inkling
