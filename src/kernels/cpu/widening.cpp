#include "kernels/cpu/widening.h"

#include <algorithm>

#include "kernels/cpu/layout.h"
#include "kernels/cpu/onednn.h"

namespace inkling::kernels {

Precision product_precision(Precision stored) {
    return emulates_bfloat16() || has_bfloat16() ? stored : Precision::kFloat32;
}

Widening::Widening(Precision stored, const Rows& input, const Rows& output)
    : widens_(product_precision(stored) != stored), input_(input), output_(output) {}

const float* Widening::factors(std::span<const float> weights) {
    if (!widens_) return weights.data();
    if (factors_.size() != weights.size()) factors_ = AlignedBuffer<float>(weights.size());
    std::transform(weights.begin(), weights.end(), factors_.data(),
                   [](float weight) { return to_float(from_float<Bfloat16>(weight)); });
    return factors_.data();
}

std::size_t Widening::size(const Rows& rows) {
    constexpr std::size_t kLine = 64 / sizeof(float);
    return (static_cast<std::size_t>(rows.count) * rows.stride + kLine - 1) / kLine * kLine;
}

void Widening::copy(const ConstValues& from, const Rows& rows, const Values& to) {
    copy_rows(from, rows.stride, rows.count, rows.width, rows.stride, to);
}

float* Widening::expand(const ConstValues& values, const Rows& rows, float* floats) {
    copy(values, rows, floats);
    return floats + size(rows);
}

}  // namespace inkling::kernels
