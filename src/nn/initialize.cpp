#include <cmath>
#include <map>
#include <numeric>
#include <optional>

#include "core/random.h"
#include "nn/network.h"

namespace inkling {
namespace {

/// How one weight tensor begins: drawn from `scheme`, scaled by `gain`; then, where it hands on, its first filters set.
struct WeightStart {
    Initialization scheme = Initialization::kKaimingNormal;
    double gain = 1;
    bool hands_on = false;
};

double gain_for(const ActivationSpec& activation) {
    return std::visit([](const auto& kind) { return kind.gain(); }, activation.kind);
}

bool saturates(const ActivationSpec& activation) {
    return std::visit([](const auto& kind) { return kind.kSaturates; }, activation.kind);
}

/// Some weights of the others are set otherwise; all else is as with kAuto.
bool is_automatic(Initialization scheme) {
    return scheme == Initialization::kAuto || scheme == Initialization::kDirac || scheme == Initialization::kWhitened;
}

Initialization automatic_scheme(const std::optional<ActivationSpec>& activation, bool is_output) {
    return is_output || (activation && saturates(*activation)) ? Initialization::kXavierUniform
                                                               : Initialization::kKaimingNormal;
}

bool has_weights(const LayerSpec& layer) {
    return std::visit([](const auto& kind) { return kind.kHasWeights; }, layer.kind);
}

/// The activation between layer `index` and the next one with weights.
std::optional<ActivationSpec> activation_after(const std::vector<LayerSpec>& layers, std::size_t index) {
    for (std::size_t i = index + 1; i < layers.size() && !has_weights(layers[i]); ++i)
        if (const auto* activation = std::get_if<ActivationSpec>(&layers[i].kind)) return *activation;
    return std::nullopt;
}

/// Notes under each weight's name how it begins. Where no activation follows in a residual block, one follows the sum.
void plan_starts(const std::vector<LayerSpec>& layers, const std::string& prefix, Initialization scheme,
                 std::map<std::string, WeightStart>& starts) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::string name = prefix + std::to_string(i);
        const bool hands_on = scheme == Initialization::kDirac;
        if (const auto* residual = std::get_if<ResidualSpec>(&layers[i].kind)) {
            plan_starts(residual->body, name + ".body.", scheme, starts);
            starts[name + ".shortcut.0.weight"] = {is_automatic(scheme) ? Initialization::kKaimingNormal : scheme, 1.0,
                                                   hands_on};
        }
        if (std::holds_alternative<SqueezeExcitationSpec>(layers[i].kind)) {
            const bool automatic = is_automatic(scheme);
            starts[name + ".fc1.weight"] = {automatic ? Initialization::kKaimingNormal : scheme, std::sqrt(2.0)};
            starts[name + ".fc2.weight"] = {automatic ? Initialization::kXavierUniform : scheme, 1.0};
        }
        if (!has_weights(layers[i])) continue;
        const auto activation = activation_after(layers, i);
        const bool is_output = prefix.empty() && i + 1 == layers.size();
        const double gain = activation ? gain_for(*activation) : (is_output ? 1.0 : std::sqrt(2.0));
        starts[name + ".weight"] = {is_automatic(scheme) ? automatic_scheme(activation, is_output) : scheme, gain,
                                    hands_on && std::holds_alternative<Conv2dSpec>(layers[i].kind)};
    }
}

/// A. Saxe et al., "Exact solutions to the nonlinear dynamics of learning", 2013: rows (or, of a tall matrix, columns)
/// of length `gain`, at right angles, by the modified Gram-Schmidt process on normal numbers.
void fill_orthogonal(std::span<float> weight, std::size_t rows, double gain, RandomStream& random) {
    const std::size_t columns = weight.size() / rows;
    const bool tall = rows > columns;
    const std::size_t vectors = tall ? columns : rows;
    const std::size_t length = tall ? rows : columns;
    std::vector<double> basis(weight.size());
    for (double& value : basis) value = random.normal();
    for (std::size_t i = 0; i < vectors; ++i) {
        double* const v = &basis[i * length];
        for (std::size_t j = 0; j < i; ++j) {
            const double* const u = &basis[j * length];
            const double along = std::inner_product(v, v + length, u, 0.0);
            for (std::size_t k = 0; k < length; ++k) v[k] -= along * u[k];
        }
        const double norm = std::sqrt(std::inner_product(v, v + length, v, 0.0));
        for (std::size_t k = 0; k < length; ++k) v[k] /= norm;
    }
    for (std::size_t i = 0; i < vectors; ++i)
        for (std::size_t k = 0; k < length; ++k)
            weight[tall ? k * columns + i : i * columns + k] = static_cast<float>(gain * basis[i * length + k]);
}

/// S. Zagoruyko, N. Komodakis, "DiracNets", 2017: the first filters hand on an input each. Filters that are fewer than
/// the inputs would lose some, and stay as they are.
void fill_dirac(std::span<float> weight, const std::vector<int>& shape) {
    const auto inputs = static_cast<std::size_t>(shape[1]);
    const auto kernel = static_cast<std::size_t>(shape[2]);
    if (shape[0] < shape[1]) return;
    std::fill_n(weight.begin(), inputs * inputs * kernel * kernel, 0.0f);
    for (std::size_t i = 0; i < inputs; ++i) weight[((i * inputs + i) * kernel + kernel / 2) * kernel + kernel / 2] = 1;
}

/// Fans as in torch.nn.init: inputs and outputs of a unit, times the kernel's positions.
void fill(std::span<float> weight, const std::vector<int>& shape, const WeightStart& start, RandomStream random) {
    const auto outputs = static_cast<std::size_t>(shape[0]);
    const double fan_in = static_cast<double>(weight.size()) / shape[0];
    const double fan_out = static_cast<double>(weight.size()) / shape[1];
    const double kaiming = start.gain / std::sqrt(fan_in);
    const double xavier = start.gain * std::sqrt(2.0 / (fan_in + fan_out));
    auto normal = [&](double deviation) {
        for (float& value : weight) value = static_cast<float>(deviation) * random.normal();
    };
    auto uniform = [&](double deviation) {
        const auto bound = static_cast<float>(std::sqrt(3.0) * deviation);
        for (float& value : weight) value = random.uniform(-bound, bound);
    };
    switch (start.scheme) {
        case Initialization::kAuto:
        case Initialization::kDirac:
        case Initialization::kWhitened:
        case Initialization::kKaimingNormal:
            return normal(kaiming);
        case Initialization::kKaimingUniform:
            return uniform(kaiming);
        case Initialization::kXavierNormal:
            return normal(xavier);
        case Initialization::kXavierUniform:
            return uniform(xavier);
        case Initialization::kOrthogonal:
            return fill_orthogonal(weight, outputs, start.gain, random);
    }
}

void fill_block(std::span<float> block, const TensorInfo& info, float value) {
    std::fill_n(block.begin() + info.offset, info.size, value);
}

}  // namespace

void reset_norms(Network& network) {
    for (const TensorInfo& info : network.layout().parameters) {
        if (info.kind == TensorKind::kNormWeight) fill_block(network.parameters(), info, 1);
        if (info.kind == TensorKind::kNormBias || info.kind == TensorKind::kBias)
            fill_block(network.parameters(), info, 0);
    }
    for (const TensorInfo& info : network.layout().statistics)
        fill_block(network.statistics(), info, info.kind == TensorKind::kRunningVariance ? 1.0f : 0.0f);
    network.parameters_changed();
}

void initialize(Network& network, std::uint64_t seed) {
    std::map<std::string, WeightStart> starts;
    plan_starts(complete_layers(network.spec(), network.classes()), "", network.spec().initialization, starts);
    std::uint32_t number = 0;
    for (const TensorInfo& info : network.layout().parameters) {
        const auto start = starts.find(info.name);
        if (start != starts.end()) {
            const std::span<float> weight = network.parameters().subspan(info.offset, info.size);
            fill(weight, info.shape, start->second, RandomStream(seed, Purpose::kInitialization, number));
            if (start->second.hands_on) fill_dirac(weight, info.shape);
        }
        ++number;
    }
    reset_norms(network);
}

}  // namespace inkling
