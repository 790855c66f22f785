#include "deploy/torch_module.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "core/files.h"
#include "deploy/inference_layers.h"

namespace inkling {
namespace {

using nlohmann::json;

// Classes that PyTorch lacks, for networks that need them.

constexpr std::string_view kResidual = R"python(
class Residual(nn.Module):
    """body(x) + shortcut(x)"""

    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body = body
        self.shortcut = shortcut or nn.Identity()

    def forward(self, x):
        body = self.body(x)
        return body + self.shortcut(x).reshape(body.shape)

)python";

constexpr std::string_view kSqueezeExcitation = R"python(
class SqueezeExcitation(nn.Module):
    """As torchvision.ops.SqueezeExcitation, of vectors too."""

    def __init__(self, channels, squeeze_channels):
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeeze_channels, 1)
        self.fc2 = nn.Conv2d(squeeze_channels, channels, 1)

    def forward(self, x):
        images = x.reshape(*x.shape, *(1,) * (4 - x.dim()))
        gates = torch.sigmoid(self.fc2(torch.relu(self.fc1(self.avgpool(images)))))
        return x * gates.reshape(*x.shape[:2], *(1,) * (x.dim() - 2))

)python";

constexpr std::string_view kFlatLinear = R"python(
class FlatLinear(nn.Linear):
    """Takes images of one pixel as vectors."""

    def forward(self, x):
        return super().forward(x.flatten(1))

)python";

// Each as torch.nn calls it.
std::string module_of(const activation::Relu&) { return "nn.ReLU()"; }
std::string module_of(const activation::LeakyRelu& kind) { return fmt::format("nn.LeakyReLU({})", kind.alpha); }
std::string module_of(const activation::Elu& kind) { return fmt::format("nn.ELU({})", kind.alpha); }
std::string module_of(const activation::Selu&) { return "nn.SELU()"; }
std::string module_of(const activation::Gelu&) { return "nn.GELU()"; }
std::string module_of(const activation::Silu&) { return "nn.SiLU()"; }
std::string module_of(const activation::Mish&) { return "nn.Mish()"; }
std::string module_of(const activation::Tanh&) { return "nn.Tanh()"; }
std::string module_of(const activation::Sigmoid&) { return "nn.Sigmoid()"; }
std::string module_of(const activation::HardSwish&) { return "nn.Hardswish()"; }
std::string module_of(const activation::Softplus&) { return "nn.Softplus()"; }

class ModuleWriter {
  public:
    /// The layers as lines of a call's arguments, indented so far.
    std::string list(std::span<const InferenceLayer> layers, int indent) {
        std::string lines;
        for (const InferenceLayer& layer : layers)
            lines += fmt::format("{:{}}{},\n", "", indent,
                                 std::visit([&](const auto& kind) { return add(kind, layer, indent); }, layer.kind));
        return lines;
    }

    /// The classes that the layers need.
    std::string classes() const {
        std::string text;
        if (has_residual_) text += std::string("\n") + std::string(kResidual);
        if (has_squeeze_) text += std::string("\n") + std::string(kSqueezeExcitation);
        if (has_flat_linear_) text += std::string("\n") + std::string(kFlatLinear);
        return text;
    }

  private:
    static const char* bias(const WeightedSums& sums) { return sums.has_bias ? "" : ", bias=False"; }

    std::string add(const DenseSpec& dense, const InferenceLayer& layer, int) {
        if (!flat_) has_flat_linear_ = true;
        const char* name = flat_ ? "nn.Linear" : "FlatLinear";
        flat_ = true;
        return fmt::format("{}({}, {}{})", name, layer.input.size(), dense.units, bias(layer.sums[0]));
    }

    template <class Convolution>
    static std::string convolution(const Convolution& conv, const InferenceLayer& layer, const std::string& groups) {
        std::string window = std::to_string(conv.kernel);
        if (conv.stride != 1) window += fmt::format(", stride={}", conv.stride);
        if (conv.padding != 0) window += fmt::format(", padding={}", conv.padding);
        return fmt::format("nn.Conv2d({}, {}, {}{}{})", layer.input.channels, layer.output.channels, window, groups,
                           bias(layer.sums[0]));
    }

    static std::string add(const Conv2dSpec& conv, const InferenceLayer& layer, int) {
        return convolution(conv, layer, "");
    }

    static std::string add(const DepthwiseConv2dSpec& conv, const InferenceLayer& layer, int) {
        return convolution(conv, layer, fmt::format(", groups={}", layer.input.channels));
    }

    std::string add(const SqueezeExcitationSpec& squeeze, const InferenceLayer& layer, int) {
        has_squeeze_ = true;
        return fmt::format("SqueezeExcitation({}, {})", layer.input.channels, squeeze.squeeze_channels);
    }

    std::string add(const BatchNormSpec& norm, const InferenceLayer& layer, int) const {
        const BatchNormSpec usual;
        std::string settings;
        if (norm.eps != usual.eps) settings += fmt::format(", eps={}", norm.eps);
        if (norm.momentum != usual.momentum) settings += fmt::format(", momentum={}", norm.momentum);
        return fmt::format("nn.BatchNorm{}d({}{})", flat_ ? 1 : 2, layer.input.channels, settings);
    }

    static std::string add(const ActivationSpec& activation, const InferenceLayer&, int) {
        return std::visit([](const auto& kind) { return module_of(kind); }, activation.kind);
    }

    static std::string add(const DropoutSpec& dropout, const InferenceLayer&, int) {
        return fmt::format("nn.Dropout({})", dropout.p);
    }

    // A vector is an image of one pixel, which pools leave as it is.
    template <class Pool>
    std::string pool(const char* name, const Pool& pool) const {
        return flat_ ? "nn.Identity()" : fmt::format("nn.{}({}, {})", name, pool.kernel, pool.stride);
    }
    std::string add(const MaxPool2dSpec& kind, const InferenceLayer&, int) const { return pool("MaxPool2d", kind); }
    std::string add(const AvgPool2dSpec& kind, const InferenceLayer&, int) const { return pool("AvgPool2d", kind); }
    std::string add(const GlobalAvgPoolSpec&, const InferenceLayer&, int) const {
        return flat_ ? "nn.Identity()" : "nn.AdaptiveAvgPool2d(1)";
    }

    std::string add(const FlattenSpec&, const InferenceLayer&, int) {
        flat_ = true;
        return "nn.Flatten()";
    }

    std::string add(const ResidualSpec&, const InferenceLayer& layer, int indent) {
        has_residual_ = true;
        const bool before = flat_;
        std::string shortcut;
        if (!layer.shortcut.empty())
            shortcut = fmt::format(", nn.Sequential(\n{}{:{}})", list(layer.shortcut, indent + 4), "", indent);
        flat_ = before;
        const std::string body = list(layer.body, indent + 4);
        return fmt::format("Residual(nn.Sequential(\n{}{:{}}){})", body, "", indent, shortcut);
    }

    bool flat_ = false;  // whether the values are (N, features)
    bool has_residual_ = false;
    bool has_squeeze_ = false;
    bool has_flat_linear_ = false;
};

/// A name within a docstring, which it cannot end.
std::string in_docstring(std::string_view text) {
    std::string result;
    for (const char c : text) result += c < ' ' || c > '~' || c == '"' || c == '\\' ? '_' : c;
    return result;
}

}  // namespace

void save_torch_module(const std::filesystem::path& path, const Model& model, const std::string& version) {
    ModuleWriter writer;
    const std::string layers = writer.list(inference_layers(model, Norms::kKept), 12);
    const Shape input = model.recipe.network.input;
    const std::string docstring = fmt::format(
        "\"\"\"{}: a network for PyTorch that learned from {}; written by inkling {}\n\n"
        "    network = load(\"model.safetensors\")     # needs the package safetensors\n"
        "    logits = network(images)                # (N, {}, {}, {}), floats 0 to 1, upright, ink bright on black\n"
        "\"\"\"\n",
        in_docstring(model.recipe.name), in_docstring(model.split), in_docstring(version), input.channels, input.height,
        input.width);
    write_file(path,
               fmt::format("{}\nimport torch\nfrom safetensors.torch import load_file\nfrom torch import nn\n\n"
                           "CLASSES = {}\nMEAN, DEVIATION = {}, {}  # of the pixels that it learned from\n{}\n\n"
                           "class Network(nn.Sequential):\n    def __init__(self):\n        super().__init__(\n"
                           "{}        )\n\n    def forward(self, images):\n"
                           "        return super().forward((images - MEAN) / DEVIATION)\n\n\n"
                           "def load(path):\n    network = Network()\n"
                           "    network.load_state_dict(load_file(path))\n    return network.eval()\n",
                           docstring, json(model.class_names).dump(-1, ' ', false, json::error_handler_t::replace),
                           model.normalization.mean, model.normalization.deviation, writer.classes(), layers));
}

}  // namespace inkling
