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
    template <class KernelShape, class Forward, class Back>
    Activations apply_weighted(const KernelShape& s, Shape out, const std::string& name, const Activations& x,
                               Forward forward, Back back) {
        Activations y = empty(out);
        forward(s, x.values, parameter(name + ".weight"), parameter(name + ".bias"), y.values);
        y.backward = [this, s, name, input = x.values, back](const Values& gradient) {
            Values input_gradient(input.size());
            back(s, input, parameter(name + ".weight"), gradient, input_gradient, gradient_of(name + ".weight"),
                 gradient_of(name + ".bias"));
            return input_gradient;
        };
        return y;
    }

    Activations apply(const DenseSpec& dense, const std::string& name, const Activations& x) {
        return apply_weighted(reference::DenseShape{batch_, x.shape.channels, dense.units}, {dense.units, 1, 1}, name,
                              x, reference::dense_forward, reference::dense_backward);
    }

    Activations apply(const Conv2dSpec& conv, const std::string& name, const Activations& x) {
        const reference::Conv2dShape s{.batch = batch_,
                                       .in_channels = x.shape.channels,
                                       .height = x.shape.height,
                                       .width = x.shape.width,
                                       .out_channels = conv.filters,
                                       .kernel = conv.kernel,
                                       .stride = conv.stride,
                                       .padding = conv.padding};
        return apply_weighted(s, {conv.filters, s.out_height(), s.out_width()}, name, x, reference::conv2d_forward,
                              reference::conv2d_backward);
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

    template <class Pool>
    reference::Pool2dShape pool_shape(const Pool& pool, Shape input) const {
        return {batch_, input.channels, input.height, input.width, pool.kernel, pool.stride};
    }

    Activations apply(const MaxPool2dSpec& pool, const std::string&, const Activations& x) {
        const auto s = pool_shape(pool, x.shape);
        Activations y = empty({s.channels, s.out_height(), s.out_width()});
        reference::max_pool2d_forward(s, x.values, y.values);
        y.backward = [s, input = x.values](const Values& gradient) {
            Values input_gradient(input.size());
            reference::max_pool2d_backward(s, input, gradient, input_gradient);
            return input_gradient;
        };
        return y;
    }

    Activations apply(const AvgPool2dSpec& pool, const std::string&, const Activations& x) {
        const auto s = pool_shape(pool, x.shape);
        Activations y = empty({s.channels, s.out_height(), s.out_width()});
        reference::avg_pool2d_forward(s, x.values, y.values);
        y.backward = [s, size = x.values.size()](const Values& gradient) {
            Values input_gradient(size);
            reference::avg_pool2d_backward(s, gradient, input_gradient);
            return input_gradient;
        };
        return y;
    }

    Activations apply(const GlobalAvgPoolSpec&, const std::string&, const Activations& x) {
        const reference::GlobalAvgPoolShape s{batch_, x.shape.channels, static_cast<int>(x.shape.pixels())};
        Activations y = empty({x.shape.channels, 1, 1});
        reference::global_avg_pool_forward(s, x.values, y.values);
        y.backward = [s, size = x.values.size()](const Values& gradient) {
            Values input_gradient(size);
            reference::global_avg_pool_backward(s, gradient, input_gradient);
            return input_gradient;
        };
        return y;
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

ReferenceResult run_reference(Network& network, std::span<const std::int32_t> labels, float label_smoothing) {
    ReferenceNetwork reference_network(network);
    const std::vector<LayerSpec> layers = complete_layers(network.spec(), network.classes());
    const Activations logits = reference_network.run(
        layers, "", {network.spec().input, Values(network.input().begin(), network.input().end())});

    ReferenceResult& result = reference_network.result;
    result.logits = logits.values;
    result.loss_sum = reference::softmax_cross_entropy_sum(network.classes(), label_smoothing, logits.values, labels);
    Values gradient(logits.values.size());
    reference::softmax_cross_entropy_backward(network.classes(), label_smoothing, logits.values, labels, gradient);
    result.input_gradient = logits.backward(gradient);
    return std::move(result);
}

}  // namespace inkling
