#include "kernels/cpu/layout.h"

#include <algorithm>
#include <type_traits>

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

/// Calls body(from, to) with pointers of the types in which both are stored.
template <class Body>
void with_types(const ConstValues& from, const Values& to, Body&& body) {
    with_type(from.precision, [&](auto input) {
        with_type(to.precision, [&](auto output) { body(as<decltype(input)>(from), as<decltype(output)>(to)); });
    });
}

template <class To, class From>
To converted(From value) {
    if constexpr (std::is_same_v<From, To>)
        return value;
    else
        return from_float<To>(to_float(value));
}

template <class From, class To>
void copy_row(const From* from, std::size_t count, To* to) {
    for (std::size_t i = 0; i < count; ++i) to[i] = converted<To>(from[i]);
}

}  // namespace

void block_channels(const ConstValues& plain, int samples, const Shape& shape, std::size_t plain_stride,
                    const Values& blocked) {
    with_types(plain, blocked, [&]<class From, class To>(const From* from, To* to) {
        for (int n = 0; n < samples; ++n) {
            const From* sample = from + n * plain_stride;
            To* target = to + n * blocked_size(shape);
            for_each_value(shape,
                           [&](std::size_t there, std::size_t here) { target[there] = converted<To>(sample[here]); });
        }
    });
}

void unblock_channels(const ConstValues& blocked, int samples, const Shape& shape, std::size_t plain_stride,
                      const Values& plain) {
    with_types(blocked, plain, [&]<class From, class To>(const From* from, To* to) {
        for (int n = 0; n < samples; ++n) {
            const From* sample = from + n * blocked_size(shape);
            To* target = to + n * plain_stride;
            for_each_value(shape,
                           [&](std::size_t there, std::size_t here) { target[here] = converted<To>(sample[there]); });
        }
    });
}

void copy_rows(const ConstValues& from, std::size_t from_stride, int rows, std::size_t width, std::size_t to_stride,
               const Values& to) {
    with_types(from, to, [&](const auto* input, auto* output) {
        for (int row = 0; row < rows; ++row) copy_row(input + row * from_stride, width, output + row * to_stride);
    });
}

void add_in_place(std::size_t count, const ConstValues& values, const Values& sum) {
    with_type(sum.precision, [&]<class Value>(Value) {
        const auto* const added = as<Value>(values);
        auto* const total = as<Value>(sum);
        for (std::size_t at = 0; at < count; at += kLanes) store(total + at, load(total + at) + load(added + at));
    });
}

void scale(std::size_t count, float factor, const ConstValues& values, const Values& scaled) {
    with_type(scaled.precision, [&]<class Value>(Value) {
        const auto* const from = as<Value>(values);
        auto* const to = as<Value>(scaled);
        for (std::size_t at = 0; at < count; at += kLanes) store(to + at, factor * load(from + at));
    });
}

void sum_rows(const ConstValues& rows, int count, std::size_t stride, std::span<float> sums) {
    with_type(rows.precision, [&]<class Value>(Value) {
        const auto* const values = as<Value>(rows);
        std::fill(sums.begin(), sums.end(), 0.0f);
        for (int row = 0; row < count; ++row)
            for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += to_float(values[row * stride + c]);
    });
}

}  // namespace inkling::kernels
