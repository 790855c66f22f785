#include "nn/reference_network.h"

#include <functional>
#include <utility>

#include "kernels/reference/activation.h"
#include "kernels/reference/batch_norm.h"
#include "kernels/reference/conv2d.h"
#include "kernels/reference/dense.h"
#include "kernels/reference/pool2d.h"
#include "kernels/reference/softmax_cross_entropy.h"

namespace inkling {
namespace {

using Values = std::vector<double>;

/// Takes the gradient by a layer's output to that by its input, and notes the gradients by parameters.
using Backward = std::function<Values(const Values&)>;

/// Feature maps on their way through the network, and the way back.
struct Activations {
    Shape shape;
    Values values;
    Backward backward = [](const Values& gradient) { return gradient; };
};

class ReferenceNetwork {
  public:
    explicit ReferenceNetwork(Network& network) : batch_(network.batch_size()) {
        for (const TensorInfo& info : network.layout().parameters)
            parameters_[info.name] = block(network.parameters(), info);
        for (const TensorInfo& info : network.layout().statistics)
            result.statistics[info.name] = block(network.statistics(), info);
    }

    Activations run(const std::vector<LayerSpec>& layers, const std::string& prefix, Activations x) {
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const std::string name = prefix + std::to_string(i);
            Activations y = std::visit([&](const auto& kind) { return apply(kind, name, x); }, layers[i].kind);
            y.backward = [first = std::move(x.backward), second = std::move(y.backward)](const Values& gradient) {
                return first(second(gradient));
            };
            x = std::move(y);
        }
        return x;
    }

    ReferenceResult result;

  private:
    static Values block(std::span<const float> values, const TensorInfo& info) {
        const auto part = values.subspan(info.offset, info.size);
        return {part.begin(), part.end()};
    }

    Activations empty(Shape shape) const { return {shape, Values(batch_ * shape.size())}; }

    /// A parameter, empty where the layer has none of that name.
    const Values& parameter(const std::string& name) { return parameters_[name]; }

    /// Room for the gradient of a parameter.
    Values& gradient_of(const std::string& name) {
        return result.gradients.try_emplace(name, parameter(name).size()).first->second;
    }

    /// One with a weight and perhaps a bias, whose kernels have the signatures of dense.h.
    template <class Geometry, class Forward, class Back>
    Activations apply_weighted(const Geometry& g, Shape out, const std::string& name, const Activations& x,
                               Forward forward, Back back) {
        Activations y = empty(out);
        forward(g, x.values, parameter(name + ".weight"), parameter(name + ".bias"), y.values);
        y.backward = [this, g, name, input = x.values, back](const Values& gradient) {
            Values input_gradient(input.size());
            back(g, input, parameter(name + ".weight"), gradient, input_gradient, gradient_of(name + ".weight"),
                 gradient_of(name + ".bias"));
            return input_gradient;
        };
        return y;
    }

    Activations apply(const DenseSpec& dense, const std::string& name, const Activations& x) {
        const kernels::DenseGeometry geometry{.batch = batch_, .inputs = x.shape.channels, .units = dense.units};
        return apply_weighted(geometry, {dense.units, 1, 1}, name, x, reference::dense_forward,
                              reference::dense_backward);
    }

    Activations apply(const Conv2dSpec& conv, const std::string& name, const Activations& x) {
        const kernels::ConvolutionGeometry geometry{.batch = batch_,
                                                    .input = x.shape,
                                                    .filters = conv.filters,
                                                    .kernel = conv.kernel,
                                                    .stride = conv.stride,
                                                    .padding = conv.padding};
        return apply_weighted(geometry, geometry.output(), name, x, reference::conv2d_forward,
                              reference::conv2d_backward);
    }

    /// Each channel as a convolution of one channel.
    Activations apply(const DepthwiseConv2dSpec& conv, const std::string& name, const Activations& x) {
        const kernels::ConvolutionGeometry g{.batch = 1,
                                             .input = {1, x.shape.height, x.shape.width},
                                             .filters = 1,
                                             .kernel = conv.kernel,
                                             .stride = conv.stride,
                                             .padding = conv.padding};
        const auto taps = static_cast<std::size_t>(conv.kernel) * conv.kernel;
        const auto channels = static_cast<std::size_t>(x.shape.channels);
        const auto part = [](const Values& values, std::size_t index, std::size_t size) {
            if (values.empty()) return Values();
            const auto begin = values.begin() + static_cast<std::ptrdiff_t>(index * size);
            return Values(begin, begin + static_cast<std::ptrdiff_t>(size));
        };
        const auto join = [](const Values& from, Values& to, std::size_t index) {
            if (!to.empty()) std::ranges::copy(from, to.begin() + static_cast<std::ptrdiff_t>(index * from.size()));
        };
        const std::size_t in = g.input.size();
        const std::size_t out = g.output().size();
        Activations y = empty({x.shape.channels, g.output().height, g.output().width});
        for (std::size_t i = 0; i < static_cast<std::size_t>(batch_) * channels; ++i) {
            Values plane(out);
            reference::conv2d_forward(g, part(x.values, i, in), part(parameter(name + ".weight"), i % channels, taps),
                                      part(parameter(name + ".bias"), i % channels, 1), plane);
            join(plane, y.values, i);
        }
        y.backward = [this, g, name, taps, channels, in, out, part, join, input = x.values](const Values& gradient) {
            Values input_gradient(input.size());
            Values& by_weight = gradient_of(name + ".weight");
            Values& by_bias = gradient_of(name + ".bias");
            for (std::size_t i = 0; i < static_cast<std::size_t>(batch_) * channels; ++i) {
                Values by_plane(in);
                Values by_filter(taps);
                Values by_one(by_bias.empty() ? 0 : 1);
                reference::conv2d_backward(g, part(input, i, in), part(parameter(name + ".weight"), i % channels, taps),
                                           part(gradient, i, out), by_plane, by_filter, by_one);
                join(by_plane, input_gradient, i);
                for (std::size_t tap = 0; tap < taps; ++tap) by_weight[(i % channels) * taps + tap] += by_filter[tap];
                if (!by_one.empty()) by_bias[i % channels] += by_one[0];
            }
            return input_gradient;
        };
        return y;
    }

    /// Of the layers that it is made of, and the product of what they give with the input.
    Activations apply(const SqueezeExcitationSpec& squeeze, const std::string& name, const Activations& x) {
        Activations gate = apply(GlobalAvgPoolSpec{}, name, x);
        const auto chain = [&](const auto& layer, const std::string& layer_name) {
            Activations next = apply(layer, layer_name, gate);
            next.backward = [first = std::move(gate.backward), second = std::move(next.backward)](
                                const Values& gradient) { return first(second(gradient)); };
            gate = std::move(next);
        };
        chain(DenseSpec{squeeze.squeeze_channels}, name + ".fc1");
        chain(ActivationSpec{activation::Relu{}}, name);
        chain(DenseSpec{x.shape.channels}, name + ".fc2");
        chain(ActivationSpec{activation::Sigmoid{}}, name);
        Activations y = empty(x.shape);
        const std::size_t pixels = x.shape.pixels();
        for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] = x.values[i] * gate.values[i / pixels];
        y.backward = [pixels, input = x.values, gates = gate.values, by_gate = gate.backward](const Values& gradient) {
            Values gate_gradient(gates.size());
            for (std::size_t i = 0; i < input.size(); ++i) gate_gradient[i / pixels] += gradient[i] * input[i];
            Values input_gradient = by_gate(gate_gradient);
            for (std::size_t i = 0; i < input.size(); ++i) input_gradient[i] += gradient[i] * gates[i / pixels];
            return input_gradient;
        };
        return y;
    }

    Activations apply(const BatchNormSpec& norm, const std::string& name, const Activations& x) {
        const reference::BatchNormShape s{batch_, x.shape.channels, static_cast<int>(x.shape.pixels())};
        Activations y = empty(x.shape);
        reference::batch_norm_forward_training(s, norm.eps, norm.momentum, x.values, parameter(name + ".weight"),
                                               parameter(name + ".bias"), result.statistics.at(name + ".running_mean"),
                                               result.statistics.at(name + ".running_var"), y.values);
        y.backward = [this, s, name, norm, input = x.values](const Values& gradient) {
            Values input_gradient(input.size());
            reference::batch_norm_backward(s, norm.eps, input, parameter(name + ".weight"), gradient, input_gradient,
                                           gradient_of(name + ".weight"), gradient_of(name + ".bias"));
            return input_gradient;
        };
        return y;
    }

    Activations apply(const ActivationSpec& activation, const std::string&, const Activations& x) {
        Activations y = empty(x.shape);
        Values derivatives(x.values.size());
        for (std::size_t i = 0; i < x.values.size(); ++i) {
            const auto result_at = reference::activate(activation.kind, x.values[i]);
            y.values[i] = result_at.value;
            derivatives[i] = result_at.derivative;
        }
        y.backward = [derivatives](Values gradient) {
            for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] *= derivatives[i];
            return gradient;
        };
        return y;
    }

    Activations apply_pool(const kernels::Pool& pool, const Activations& x) {
        Activations y = empty({x.shape.channels, pool.output_height(), pool.output_width()});
        reference::pool2d_forward(pool, x.values, y.values);
        y.backward = [pool, input = x.values](const Values& gradient) {
            Values input_gradient(input.size());
            reference::pool2d_backward(pool, input, gradient, input_gradient);
            return input_gradient;
        };
        return y;
    }

    /// A square window, as the layers have it.
    template <class PoolSpec>
    Activations apply_pool(kernels::PoolKind kind, const PoolSpec& spec, const Activations& x) {
        return apply_pool({kind, spec.kernel, spec.kernel, spec.stride, spec.stride, x.shape.height, x.shape.width}, x);
    }

    Activations apply(const MaxPool2dSpec& pool, const std::string&, const Activations& x) {
        return apply_pool(kernels::PoolKind::kMax, pool, x);
    }

    Activations apply(const AvgPool2dSpec& pool, const std::string&, const Activations& x) {
        return apply_pool(kernels::PoolKind::kAverage, pool, x);
    }

    Activations apply(const GlobalAvgPoolSpec&, const std::string&, const Activations& x) {
        const auto [channels, height, width] = x.shape;
        return apply_pool({kernels::PoolKind::kAverage, height, width, height, width, height, width}, x);
    }

    Activations apply(const FlattenSpec&, const std::string&, const Activations& x) {
        return {{static_cast<int>(x.shape.size()), 1, 1}, x.values};
    }

    Activations apply(const DropoutSpec&, const std::string&, const Activations& x) { return {x.shape, x.values}; }

    Activations apply(const ResidualSpec& residual, const std::string& name, const Activations& x) {
        Activations y = run(residual.body, name + ".body.", {x.shape, x.values});
        std::vector<LayerSpec> layers;
        if (!(y.shape == x.shape)) layers = {{*residual_shortcut(x.shape, y.shape)}, {BatchNormSpec{}}};
        Activations shortcut = run(layers, name + ".shortcut.", {x.shape, x.values});
        for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] += shortcut.values[i];
        y.backward = [through_body = y.backward, beside = shortcut.backward](const Values& gradient) {
            Values sum = through_body(gradient);
            const Values other = beside(gradient);
            for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += other[i];
            return sum;
        };
        return y;
    }

    int batch_;
    std::map<std::string, Values> parameters_;
};

}  // namespace

ReferenceResult run_reference(Network& network, std::span<const std::int32_t> labels, const LossRule& rule) {
    ReferenceNetwork reference_network(network);
    const std::vector<LayerSpec> layers = complete_layers(network.spec(), network.classes());
    const Activations logits = reference_network.run(
        layers, "", {network.spec().input, Values(network.input().begin(), network.input().end())});

    ReferenceResult& result = reference_network.result;
    result.logits = logits.values;
    result.loss_sum = reference::softmax_cross_entropy_sum(network.classes(), rule, logits.values, {.labels = labels});
    Values gradient(logits.values.size());
    reference::softmax_cross_entropy_backward(network.classes(), rule, logits.values, {.labels = labels}, gradient);
    result.input_gradient = logits.backward(gradient);
    return std::move(result);
}

}  // namespace inkling
