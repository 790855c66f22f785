#include "kernels/cpu/dropout.h"

#include <algorithm>

#include "core/random.h"
#include "kernels/cpu/bfloat16.h"
#include "kernels/cpu/layout.h"

namespace inkling::kernels {
namespace {

// Philox (core/random.h) on half as many counters at once as there are float lanes, each 32-bit word in a 64-bit lane,
// because that is the shape in which processors multiply 32 by 32 bits.
constexpr int kWideLanes = kLanes / 2;
using Wide [[gnu::vector_size(kWideLanes * sizeof(std::uint64_t))]] = std::uint64_t;
using Words [[gnu::vector_size(kLanes * sizeof(std::uint32_t))]] = std::uint32_t;

constexpr std::uint64_t kLowWord = 0xFFFFFFFFu;

// Masks are drawn for sixteen channels at once (kernels/dropout.h), whatever a vector holds.
constexpr int kMaskChannels = 16;
constexpr int kParts = kMaskChannels / kLanes;  // vectors of so many channels

struct Counters {
    Wide words[4];
};

Counters philox_wide(Counters c, std::uint64_t seed) {
    auto key0 = static_cast<std::uint32_t>(seed);
    auto key1 = static_cast<std::uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round) {
        const Wide a = (c.words[0] & kLowWord) * std::uint64_t{0xD2511F53u};
        const Wide b = (c.words[2] & kLowWord) * std::uint64_t{0xCD9E8D57u};
        c = {(b >> 32) ^ c.words[1] ^ std::uint64_t{key0}, b & kLowWord, (a >> 32) ^ c.words[3] ^ std::uint64_t{key1},
             a & kLowWord};
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return c;
}

/// Fills `words` with the four random words of kLanes channels each that group `group` of a sample has for its part
/// `part` of the channels.
void random_words(const Dropout& dropout, std::uint32_t sample, std::uint64_t group, int part, Words (&words)[4]) {
    Wide counter;
    for (int i = 0; i < kWideLanes; ++i) counter[i] = group * kMaskChannels + part * kWideLanes + i;
    const std::uint64_t purpose = static_cast<std::uint64_t>(Purpose::kDropout) | std::uint64_t{dropout.layer} << 8;
    const Counters low = philox_wide({counter, Wide{} + purpose, Wide{} + dropout.step, Wide{} + sample}, dropout.seed);
    const Counters high = philox_wide(
        {counter + std::uint64_t{kMaskChannels / 2}, Wide{} + purpose, Wide{} + dropout.step, Wide{} + sample},
        dropout.seed);
    for (int word = 0; word < 4; ++word) {
        const Wide pair = low.words[word] | (high.words[word] << 32);
        std::memcpy(&words[word], &pair, sizeof pair);
    }
}

float scale_of(const Dropout& dropout) { return 1.0f / (1.0f - dropout.p); }

}  // namespace

template <class Output>
void apply_dropout(const Dropout& dropout, std::uint32_t sample, const Shape& shape, const float* input, Output* output,
                   std::uint8_t* kept) {
    const std::uint32_t threshold = dropout_threshold(dropout.p);
    const float scale = scale_of(dropout);
    const auto blocks = static_cast<std::size_t>(channel_blocks(shape.channels));
    const std::size_t pixels = shape.pixels();
    const std::size_t vectors = (blocks + kParts - 1) / kParts * pixels;  // of sixteen channels each
    for (int part = 0; part < kParts; ++part) {
        std::size_t block = static_cast<std::size_t>(part), pixel = 0;
        for (std::size_t first = 0; first < vectors; first += 4) {
            Words words[4];
            random_words(dropout, sample, first / 4, part, words);
            for (std::size_t v = 0; v < std::min<std::size_t>(vectors - first, 4) && block < blocks; ++v) {
                const std::size_t at = (block * pixels + pixel) * kLanes;
                const IntLanes mask = words[v] >= threshold;
                store(output + at, mask ? load(input + at) * scale : Lanes{});
                const ByteLanes bytes = __builtin_convertvector(mask, ByteLanes);
                std::memcpy(kept + at, &bytes, sizeof bytes);
                if (++pixel < pixels) continue;
                pixel = 0;
                block += kParts;
            }
        }
    }
}

template <class Gradient>
void mask_gradient(const Dropout& dropout, std::size_t count, const std::uint8_t* kept, const Gradient* gradient,
                   float* output) {
    const float scale = scale_of(dropout);
    for (std::size_t at = 0; at < count; at += kLanes) {
        ByteLanes bytes;
        std::memcpy(&bytes, kept + at, sizeof bytes);
        const IntLanes mask = __builtin_convertvector(bytes, IntLanes);
        store(output + at, mask != 0 ? load(gradient + at) * scale : Lanes{});
    }
}

template void apply_dropout(const Dropout&, std::uint32_t, const Shape&, const float*, float*, std::uint8_t*);
template void apply_dropout(const Dropout&, std::uint32_t, const Shape&, const float*, Bfloat16*, std::uint8_t*);
template void mask_gradient(const Dropout&, std::size_t, const std::uint8_t*, const float*, float*);
template void mask_gradient(const Dropout&, std::size_t, const std::uint8_t*, const Bfloat16*, float*);

}  // namespace inkling::kernels
