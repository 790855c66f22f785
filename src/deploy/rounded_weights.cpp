#include "deploy/rounded_weights.h"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "core/error.h"

namespace inkling {
namespace {

constexpr float kLargestInt8 = 127;
constexpr float kLargestFloat16 = 65504;

std::uint16_t to_float16(float value) { return _cvtss_sh(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

template <class Number>
void append(std::vector<std::byte>& bytes, Number number) {
    static_assert(std::endian::native == std::endian::little);
    const auto* first = reinterpret_cast<const std::byte*>(&number);
    bytes.insert(bytes.end(), first, first + sizeof number);
}

float largest_magnitude(std::span<const float> weights) {
    float largest = 0;
    for (const float weight : weights) largest = std::max(largest, std::abs(weight));
    return largest;
}

float row_scale(std::span<const float> weights, WeightFormat format) {
    const float largest = largest_magnitude(weights);
    if (format == WeightFormat::kInt8) return largest / kLargestInt8;
    // What binary16 cannot hold is scaled into its range.
    return format == WeightFormat::kFloat16 ? std::max(largest / kLargestFloat16, 1.0f) : 1.0f;
}

/// The whole number that stands for a weight; where all are 0, the scale is. A subnormal scale is not exact.
float nearest_step(float weight, float scale) {
    return scale > 0 ? std::clamp(std::nearbyint(weight / scale), -kLargestInt8, kLargestInt8) : 0;
}

}  // namespace

int weight_bits(WeightFormat format) {
    switch (format) {
        case WeightFormat::kInt8:
            return 8;
        case WeightFormat::kFloat16:
            return 16;
        case WeightFormat::kFloat32:
            return 32;
    }
    throw failed("unknown weight format {}", static_cast<int>(format));
}

RoundedRow round_row(std::span<const float> weights, WeightFormat format) {
    RoundedRow row{.bytes = {}, .scale = row_scale(weights, format)};
    for (const float weight : weights) {
        if (format == WeightFormat::kInt8)
            append(row.bytes, static_cast<std::int8_t>(nearest_step(weight, row.scale)));
        else if (format == WeightFormat::kFloat16)
            append(row.bytes, to_float16(weight / row.scale));
        else
            append(row.bytes, weight);
    }
    return row;
}

Model with_rounded_weights(Model model, WeightFormat format) {
    if (format == WeightFormat::kFloat32) return model;
    for (const TensorInfo& tensor : parameter_layout(model.recipe.network, model.classes()).parameters) {
        if (tensor.kind != TensorKind::kFilter && tensor.kind != TensorKind::kMatrix) continue;
        const auto rows = static_cast<std::size_t>(tensor.shape.front());
        const std::span values = std::span(model.parameters).subspan(tensor.offset, tensor.size);
        for (std::size_t i = 0; i < rows; ++i) {
            const std::span row = values.subspan(i * tensor.size / rows, tensor.size / rows);
            const float scale = row_scale(row, format);
            for (float& weight : row)
                weight = scale * (format == WeightFormat::kInt8 ? nearest_step(weight, scale)
                                                                : _cvtsh_ss(to_float16(weight / scale)));
        }
    }
    return model;
}

}  // namespace inkling
