#include "study/image_cost.h"

#include <algorithm>

#include "nn/parameter_layout.h"

namespace inkling {
namespace {

constexpr int kClasses = 47;

// In operations of a product.
constexpr double kWinograd = 0.37;      // of a product that Winograd's algorithm shortens
constexpr double kValue = 100;          // a value that a layer makes: written, read, and its gradient likewise
constexpr double kFunctionValue = 180;  // besides, where an activation computes a function of it
constexpr double kUpdate = 250;         // of one parameter
constexpr double kDistortion = 5e5;     // of an image before it is learned from
constexpr double kImage = 1e5;          // what any image takes

template <class Kind>
constexpr bool kIsCheap = std::is_same_v<Kind, activation::Relu> || std::is_same_v<Kind, activation::LeakyRelu> ||
                          std::is_same_v<Kind, activation::HardSwish>;

double function_values(const std::vector<LayerSpec>& layers, Shape shape) {
    double values = 0;
    for (const LayerSpec& layer : layers) {
        if (const auto* const residual = std::get_if<ResidualSpec>(&layer.kind))
            values += function_values(residual->body, shape);
        shape = output_shape(layer, shape);
        if (const auto* const activation = std::get_if<ActivationSpec>(&layer.kind))
            std::visit([&]<class Kind>(const Kind&) { values += kIsCheap<Kind> ? 0 : double(shape.size()); },
                       activation->kind);
    }
    return values;
}

/// A step's operations that make moves orthonormal.
double orthogonalizing(const optimizer::Muon& muon, const ParameterLayout& layout) {
    double operations = 0;
    for (const TensorInfo& tensor : layout.parameters) {
        if (tensor.is_output || (tensor.kind != TensorKind::kFilter && tensor.kind != TensorKind::kMatrix)) continue;
        const double rows = tensor.shape.front();
        const double columns = static_cast<double>(tensor.size) / rows;
        const double least = std::min(rows, columns);
        operations += 2.0 * muon.ns_steps * least * least * (2 * std::max(rows, columns) + least);
    }
    return operations;
}

}  // namespace

double image_cost(const Recipe& recipe) {
    const NetworkSpec& network = recipe.network;
    const OperationCount operations = count_operations(network, kClasses);
    const ParameterLayout layout = parameter_layout(network, kClasses);
    double values = 0;
    for (const LayerSummary& layer : summarize(network, kClasses)) values += static_cast<double>(layer.output.size());
    double step = kUpdate * static_cast<double>(layout.parameter_count);
    if (const auto* const muon = std::get_if<optimizer::Muon>(&recipe.training.optimizer.kind))
        step += orthogonalizing(*muon, layout);
    return kImage + static_cast<double>(operations.training - operations.winograd) +
           kWinograd * static_cast<double>(operations.winograd) + kValue * values +
           kFunctionValue * function_values(network.layers, network.input) +
           (recipe.training.augmentation.distorts() ? kDistortion : 0) + step / recipe.training.batch_size;
}

}  // namespace inkling
