#include "kernels/cpu/layout.h"

#include <algorithm>

#include "core/threads.h"

namespace inkling::kernels {
namespace {

/// Calls visit(blocked index, plain index) for every value of a sample that belongs to a channel.
template <class Visit>
void for_each_value(const Shape& shape, Visit&& visit) {
    const std::size_t pixels = shape.pixels();
    for (int block = 0; block < channel_blocks(shape.channels); ++block) {
        const int first = block * kChannelBlock;
        const int lanes = std::min(kChannelBlock, shape.channels - first);
        for (std::size_t pixel = 0; pixel < pixels; ++pixel)
            for (int lane = 0; lane < lanes; ++lane)
                visit((block * pixels + pixel) * kChannelBlock + lane, (first + lane) * pixels + pixel);
    }
}

}  // namespace

void block_channels(const float* plain, int batch, const Shape& shape, std::size_t plain_stride, float* blocked) {
    parallel_for(static_cast<std::size_t>(batch), 16, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t n = begin; n < end; ++n) {
            const float* from = plain + n * plain_stride;
            float* to = blocked + n * blocked_size(shape);
            for_each_value(shape, [&](std::size_t there, std::size_t here) { to[there] = from[here]; });
        }
    });
}

void unblock_channels(const float* blocked, int batch, const Shape& shape, std::size_t plain_stride, float* plain) {
    parallel_for(static_cast<std::size_t>(batch), 16, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t n = begin; n < end; ++n) {
            const float* from = blocked + n * blocked_size(shape);
            float* to = plain + n * plain_stride;
            for_each_value(shape, [&](std::size_t there, std::size_t here) { to[here] = from[there]; });
        }
    });
}

void copy_rows(const float* from, std::size_t from_stride, int rows, std::size_t width, std::size_t to_stride,
               float* to) {
    for (int row = 0; row < rows; ++row)
        std::memcpy(to + row * to_stride, from + row * from_stride, width * sizeof(float));
}

void add_in_place(std::size_t count, const float* __restrict values, float* __restrict sum) {
    parallel_for(count, 1 << 14, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t i = begin; i < end; ++i) sum[i] += values[i];
    });
}

void fill_rows(std::span<const float> row, int rows, std::size_t stride, float* output) {
    parallel_for(static_cast<std::size_t>(rows), 32, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t n = begin; n < end; ++n) std::memcpy(output + n * stride, row.data(), row.size_bytes());
    });
}

void sum_rows(const float* rows, int count, std::size_t stride, std::span<float> sums) {
    // Shared out by columns, so that each sum is made in the same order on any number of threads.
    parallel_for(sums.size(), 64, [&](std::size_t begin, std::size_t end, int) {
        std::fill(sums.begin() + begin, sums.begin() + end, 0.0f);
        for (int row = 0; row < count; ++row)
            for (std::size_t c = begin; c < end; ++c) sums[c] += rows[row * stride + c];
    });
}

}  // namespace inkling::kernels
