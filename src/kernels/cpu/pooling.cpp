#include "kernels/cpu/pooling.h"

#include <algorithm>
#include <cstddef>

#include "kernels/cpu/bfloat16.h"
#include "kernels/cpu/layout.h"

namespace inkling::kernels {
namespace {

/// Calls visit(window's first input value, output's first value's index) for each output position.
template <class Visit>
void for_each_window(const Pool& pool, Visit&& visit) {
    const int output_width = pool.output_width();
    for (int y = 0; y < pool.output_height(); ++y) {
        for (int x = 0; x < output_width; ++x) {
            const std::size_t first =
                (static_cast<std::size_t>(y) * pool.stride_height * pool.width + x * pool.stride_width);
            visit(first * kChannelBlock, (static_cast<std::size_t>(y) * output_width + x) * kChannelBlock);
        }
    }
}

/// Calls visit(offset of an input position from the window's first, the position's number) over one window. kSide is
/// the side of a square window that is known when compiling, or 0.
template <int kSide, class Visit>
void for_each_position(const Pool& pool, Visit&& visit) {
    const int height = kSide > 0 ? kSide : pool.kernel_height;
    const int width = kSide > 0 ? kSide : pool.kernel_width;
    int position = 0;
    for (int dy = 0; dy < height; ++dy)
        for (int dx = 0; dx < width; ++dx)
            visit((static_cast<std::size_t>(dy) * pool.width + dx) * kChannelBlock, position++);
}

IntLanes load_winners(const std::uint8_t* winners) {
    ByteLanes bytes;
    std::memcpy(&bytes, winners, sizeof bytes);
    return __builtin_convertvector(bytes, IntLanes);
}

template <int kSide, class Value>
void max_pool(const Pool& pool, const float* input, Value* output, std::uint8_t* winners) {
    for_each_window(pool, [&](std::size_t first, std::size_t out) {
        Lanes best = load(input + first);
        IntLanes winner{};
        for_each_position<kSide>(pool, [&](std::size_t offset, int position) {
            const Lanes value = load(input + first + offset);
            // What is not a number wins, so that a network that diverged shows it.
            const IntLanes wins = (value > best) | (value != value);
            best = wins ? value : best;
            winner = wins ? IntLanes{} + position : winner;
        });
        store(output + out, best);
        if (winners == nullptr) return;
        const ByteLanes bytes = __builtin_convertvector(winner, ByteLanes);
        std::memcpy(winners + out, &bytes, sizeof bytes);
    });
}

template <int kSide, class Value>
void values_of_winners(const Pool& pool, const Value* input, const std::uint8_t* winners, float* output) {
    for_each_window(pool, [&](std::size_t first, std::size_t out) {
        const IntLanes winner = load_winners(winners + out);
        Lanes value{};
        for_each_position<kSide>(pool, [&](std::size_t offset, int position) {
            value = winner == position ? load(input + first + offset) : value;
        });
        store(output + out, value);
    });
}

/// Where windows cover the plane without overlap, each position has one gradient, and nothing need be cleared.
bool tiles_the_plane(const Pool& pool) {
    return pool.stride_height == pool.kernel_height && pool.stride_width == pool.kernel_width &&
           pool.height % pool.kernel_height == 0 && pool.width % pool.kernel_width == 0;
}

template <int kSide, bool kTiles, class Value>
void max_pool_backward(const Pool& pool, const Value* output_gradient, const std::uint8_t* winners,
                       float* input_gradient) {
    for_each_window(pool, [&](std::size_t first, std::size_t out) {
        const IntLanes winner = load_winners(winners + out);
        const Lanes gradient = load(output_gradient + out);
        for_each_position<kSide>(pool, [&](std::size_t offset, int position) {
            float* target = input_gradient + first + offset;
            const Lanes share = winner == position ? gradient : Lanes{};
            store(target, kTiles ? share : load(target) + share);
        });
    });
}

float share(const Pool& pool) { return 1.0f / static_cast<float>(pool.kernel_height * pool.kernel_width); }

template <class Value>
void average_pool(const Pool& pool, const float* input, Value* output) {
    for_each_window(pool, [&](std::size_t first, std::size_t out) {
        Lanes total{};
        for_each_position<0>(pool, [&](std::size_t offset, int) { total += load(input + first + offset); });
        store(output + out, total * share(pool));
    });
}

template <class Value>
void average_pool_backward(const Pool& pool, const Value* output_gradient, float* input_gradient) {
    for_each_window(pool, [&](std::size_t first, std::size_t out) {
        const Lanes gradient = load(output_gradient + out) * share(pool);
        for_each_position<0>(pool, [&](std::size_t offset, int) {
            float* target = input_gradient + first + offset;
            store(target, load(target) + gradient);
        });
    });
}

bool is_pair(const Pool& pool) { return pool.kernel_height == 2 && pool.kernel_width == 2; }

}  // namespace

template <class Value>
void pool_plane(const Pool& pool, const float* input, Value* output, std::uint8_t* winners) {
    if (pool.kind == PoolKind::kAverage)
        average_pool(pool, input, output);
    else if (is_pair(pool))
        max_pool<2>(pool, input, output, winners);
    else
        max_pool<0>(pool, input, output, winners);
}

template <class Value>
void values_of_winners(const Pool& pool, const Value* input, const std::uint8_t* winners, float* output) {
    if (is_pair(pool))
        values_of_winners<2>(pool, input, winners, output);
    else
        values_of_winners<0>(pool, input, winners, output);
}

template <class Value>
void pool_plane_backward(const Pool& pool, const Value* output_gradient, const std::uint8_t* winners,
                         float* input_gradient) {
    if (pool.kind == PoolKind::kMax && is_pair(pool) && tiles_the_plane(pool))
        return max_pool_backward<2, true>(pool, output_gradient, winners, input_gradient);
    std::fill_n(input_gradient, static_cast<std::size_t>(pool.height) * pool.width * kChannelBlock, 0.0f);
    if (pool.kind == PoolKind::kAverage)
        average_pool_backward(pool, output_gradient, input_gradient);
    else if (is_pair(pool))
        max_pool_backward<2, false>(pool, output_gradient, winners, input_gradient);
    else
        max_pool_backward<0, false>(pool, output_gradient, winners, input_gradient);
}

template void pool_plane(const Pool&, const float*, float*, std::uint8_t*);
template void pool_plane(const Pool&, const float*, Bfloat16*, std::uint8_t*);
template void values_of_winners(const Pool&, const float*, const std::uint8_t*, float*);
template void values_of_winners(const Pool&, const Bfloat16*, const std::uint8_t*, float*);
template void pool_plane_backward(const Pool&, const float*, const std::uint8_t*, float*);
template void pool_plane_backward(const Pool&, const Bfloat16*, const std::uint8_t*, float*);

}  // namespace inkling::kernels
