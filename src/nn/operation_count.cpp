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
            if (const auto* dense = std::get_if<DenseSpec>(&layer.kind)) {
                add_product(shape.size() * static_cast<std::size_t>(dense->units), of_input);
            } else if (const auto* convolution = std::get_if<Conv2dSpec>(&layer.kind)) {
                add_convolution(*convolution, shape, output, of_input);
            } else if (const auto* residual = std::get_if<ResidualSpec>(&layer.kind)) {
                add(residual->body, shape, of_input);
                if (output != shape) add_convolution(*residual_shortcut(shape, output), shape, output, of_input);
            }
            of_input = of_input && std::holds_alternative<FlattenSpec>(layer.kind);
            shape = output;
        }
    }

    OperationCount count() const { return count_; }

  private:
    void add_convolution(const Conv2dSpec& layer, Shape input, Shape output, bool of_input) {
        const auto window = static_cast<std::size_t>(layer.kernel) * layer.kernel * input.channels;
        add_product(output.size() * window, of_input);
    }

    void add_product(std::uint64_t multiply_adds, bool of_input) {
        count_.forward += 2 * multiply_adds;
        count_.training += 2 * multiply_adds * (of_input ? 2 : 3);
    }

    OperationCount count_;
};

}  // namespace

OperationCount count_operations(const NetworkSpec& spec, int classes) {
    Counter counter;
    counter.add(complete_layers(spec, classes), spec.input, true);
    return counter.count();
}

}  // namespace inkling
