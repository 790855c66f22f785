#include "kernels/geometry.h"
#include "nn/spec.h"

namespace inkling {
namespace {

/// Layers in a row, counted one after another.
class Counter {
  public:
    /// `of_input`: whether the first of the layers reads the network's input, by which no gradient is needed.
    void add(const std::vector<LayerSpec>& layers, Shape shape, bool of_input) {
        for (const LayerSpec& layer : layers) {
            const Shape output = output_shape(layer, shape);
            std::visit([&](const auto& kind) { add_kind(kind, shape, output, of_input); }, layer.kind);
            of_input = of_input && std::holds_alternative<FlattenSpec>(layer.kind);
            shape = output;
        }
    }

    OperationCount count() const { return count_; }

  private:
    void add_kind(const DenseSpec&, Shape input, Shape output, bool of_input) {
        add_product(input.size() * output.size(), of_input);
    }

    void add_kind(const Conv2dSpec& layer, Shape input, Shape output, bool of_input) {
        const auto window = static_cast<std::size_t>(layer.kernel) * layer.kernel * input.channels;
        const std::uint64_t training = add_product(output.size() * window, of_input);
        const kernels::ConvolutionGeometry geometry{
            .input = input,
            .kernel = layer.kernel,
            .stride = layer.stride,
            .padding = layer.padding,
            .plain_input = of_input && !in_residual_ && input.channels <= kernels::kMostPlainChannels};
        if (geometry.suits_winograd()) count_.winograd += training;
    }

    void add_kind(const DepthwiseConv2dSpec& layer, Shape, Shape output, bool of_input) {
        add_product(output.size() * static_cast<std::size_t>(layer.kernel) * layer.kernel, of_input);
    }

    void add_kind(const SqueezeExcitationSpec& layer, Shape input, Shape, bool) {
        add_product(std::uint64_t{2} * static_cast<std::uint64_t>(layer.squeeze_channels) * input.channels, false);
    }

    void add_kind(const ResidualSpec& residual, Shape input, Shape output, bool of_input) {
        in_residual_ = true;
        add(residual.body, input, of_input);
        in_residual_ = false;
        if (output != input) add_kind(*residual_shortcut(input, output), input, output, of_input);
    }

    // What multiplies by nothing that is learned.
    void add_kind(const BatchNormSpec&, Shape, Shape, bool) {}
    void add_kind(const ActivationSpec&, Shape, Shape, bool) {}
    void add_kind(const DropoutSpec&, Shape, Shape, bool) {}
    void add_kind(const MaxPool2dSpec&, Shape, Shape, bool) {}
    void add_kind(const AvgPool2dSpec&, Shape, Shape, bool) {}
    void add_kind(const GlobalAvgPoolSpec&, Shape, Shape, bool) {}
    void add_kind(const FlattenSpec&, Shape, Shape, bool) {}

    /// Returns the operations of training.
    std::uint64_t add_product(std::uint64_t multiply_adds, bool of_input) {
        const std::uint64_t training = 2 * multiply_adds * (of_input ? 2 : 3);
        count_.forward += 2 * multiply_adds;
        count_.training += training;
        return training;
    }

    OperationCount count_;
    bool in_residual_ = false;  // where a convolution never reads the network's input as it stands
};

}  // namespace

OperationCount count_operations(const NetworkSpec& spec, int classes) {
    Counter counter;
    counter.add(complete_layers(spec, classes), spec.input, true);
    return counter.count();
}

}  // namespace inkling
