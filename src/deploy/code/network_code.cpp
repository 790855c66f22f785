#include "deploy/code/network_code.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "core/error.h"
#include "deploy/code/pieces.h"
#include "deploy/inference_layers.h"

namespace inkling {
namespace {

constexpr std::size_t kLineLength = 110;

/// Numbers with commas, in lines.
class NumberList {
  public:
    void add(const std::string& number) {
        if (line_ + number.size() > kLineLength) {
            text_ += "\n    ";
            line_ = 0;
        }
        text_ += number + ",";
        line_ += number.size() + 1;
    }
    const std::string& text() const { return text_; }

  private:
    std::string text_ = "\n    ";
    std::size_t line_ = 0;
};

/// The shortest number that is read as this one.
std::string literal(float value) {
    if (!std::isfinite(value))
        throw failed("a batch norm and the layer before it together make {}, not a number", value);
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text + "f";
}

std::string literal(std::int8_t value) { return std::to_string(value); }
std::string literal(std::uint16_t value) { return std::to_string(value); }

/// The largest number of values that stand between two layers, or within one.
std::size_t largest_values(std::span<const InferenceLayer> layers) {
    std::size_t largest = 0;
    for (const InferenceLayer& layer : layers) {
        largest = std::max({largest, static_cast<std::size_t>(layer.input.size()),
                            static_cast<std::size_t>(layer.output.size()), largest_values(layer.body),
                            largest_values(layer.shortcut)});
        for (const WeightedSums& sums : layer.sums) largest = std::max(largest, sums.outputs());
    }
    return largest;
}

/// Where a layer's numbers begin in the two arrays.
struct Begin {
    std::size_t weights;
    std::size_t numbers;
};

/// Writes a call for each layer. What stands between layers is kept in buffers of one size, taken as they are needed.
class Writer {
  public:
    Writer(const Model& model, WeightFormat format) : model_(model), format_(format) {}

    NetworkCode code() {
        const auto layers = inference_layers(model_, Norms::kFolded);
        buffer_values_ = largest_values(layers);
        need(fmt::format("weights_{}{}", format_ == WeightFormat::kInt8 ? "int" : "float", weight_bits(format_)));
        const int image = take();
        call("normalize", fmt::format("image, {}, {}, {}, {}", at(image), model_.recipe.network.input.size(),
                                      literal(model_.normalization.mean), literal(model_.normalization.deviation)));
        code_.logits = static_cast<std::size_t>(sequence(layers, image, false)) * buffer_values_;
        code_.weights = weights_.text();
        code_.numbers = numbers_.text();
        code_.work_values = taken_.size() * buffer_values_;
        code_.constant_bytes =
            weight_count_ * static_cast<std::size_t>(weight_bits(format_)) / 8 + number_count_ * sizeof(float);
        return std::move(code_);
    }

  private:
    int take() {
        const auto free = std::find(taken_.begin(), taken_.end(), false);
        const auto index = free - taken_.begin();
        if (free == taken_.end()) taken_.push_back(false);
        taken_[static_cast<std::size_t>(index)] = true;
        return static_cast<int>(index);
    }
    void release(int buffer) { taken_[static_cast<std::size_t>(buffer)] = false; }

    std::string at(int buffer) const {
        return fmt::format("work + {}", static_cast<std::size_t>(buffer) * buffer_values_);
    }

    /// Adds a piece behind those that it includes.
    void need(const std::string& piece) {
        if (!pieces_.insert(piece).second) return;
        std::string_view text = code_piece(piece);
        constexpr std::string_view kInclude = "#include \"";
        while (text.starts_with(kInclude)) {
            text.remove_prefix(kInclude.size());
            need(std::string(text.substr(0, text.find('.'))));
            text.remove_prefix(text.find('\n') + 1);
        }
        if (text.starts_with('\n')) text.remove_prefix(1);
        code_.functions.emplace_back(text);
    }

    void call(const std::string& piece, const std::string& arguments, const char* prefix = "") {
        need(piece);
        code_.calls += fmt::format("    {}{}({});\n", prefix, piece, arguments);
    }

    template <class Number>
    void append_row(const RoundedRow& row) {
        for (std::size_t i = 0; i < row.bytes.size(); i += sizeof(Number)) {
            Number number;
            std::memcpy(&number, row.bytes.data() + i, sizeof number);
            weights_.add(literal(number));
            ++weight_count_;
        }
    }

    void append_number(double number) {
        numbers_.add(literal(static_cast<float>(number)));
        ++number_count_;
    }

    Begin append(const InferenceLayer& layer) {
        const Begin begin{weight_count_, number_count_};
        for (const WeightedSums& sums : layer.sums) {
            for (std::size_t i = 0; i < sums.outputs(); ++i) {
                const RoundedRow row = round_row(sums.row(i), format_);
                if (format_ == WeightFormat::kInt8)
                    append_row<std::int8_t>(row);
                else if (format_ == WeightFormat::kFloat16)
                    append_row<std::uint16_t>(row);
                else
                    append_row<float>(row);
                append_number(row.scale * sums.factors[i]);
            }
            for (const float bias : sums.biases) append_number(bias);
        }
        return begin;
    }

    /// The buffer that holds what the layers make of one, which is kept where `keep`.
    int sequence(std::span<const InferenceLayer> layers, int from, bool keep) {
        int current = from;
        for (const InferenceLayer& layer : layers)
            current = std::visit([&](const auto& kind) { return add(kind, layer, current, keep && current == from); },
                                 layer.kind);
        return current;
    }

    /// A buffer for a layer that reads another than it writes.
    int next(int from, bool keep) {
        const int to = take();
        if (!keep) release(from);
        return to;
    }

    int add(const DenseSpec&, const InferenceLayer& layer, int from, bool keep) {
        const Begin begin = append(layer);
        const int to = next(from, keep);
        call("dense", fmt::format("{}, {}, weights + {}, numbers + {}, {}, {}", at(from), at(to), begin.weights,
                                  begin.numbers, layer.input.size(), layer.output.size()));
        return to;
    }

    template <class Kind>
    int slide(const char* piece, const Kind& kind, const InferenceLayer& layer, int from, bool keep,
              const std::string& arguments) {
        int padding = 0;
        if constexpr (requires { kind.padding; }) padding = kind.padding;
        const int to = next(from, keep);
        need(piece);
        code_.calls +=
            fmt::format("    {{\n        const Window window = {{{}, {}, {}, {}, {}, {}, {}}};\n", layer.input.height,
                        layer.input.width, layer.output.height, layer.output.width, kind.kernel, kind.stride, padding);
        code_.calls += fmt::format("        {}({}, {}, {}, window);\n    }}\n", piece, at(from), at(to), arguments);
        return to;
    }

    int add(const Conv2dSpec& conv, const InferenceLayer& layer, int from, bool keep) {
        const Begin begin = append(layer);
        return slide("conv2d", conv, layer, from, keep,
                     fmt::format("weights + {}, numbers + {}, {}, {}", begin.weights, begin.numbers,
                                 layer.input.channels, layer.output.channels));
    }

    int add(const DepthwiseConv2dSpec& conv, const InferenceLayer& layer, int from, bool keep) {
        const Begin begin = append(layer);
        return slide("depthwise_conv2d", conv, layer, from, keep,
                     fmt::format("weights + {}, numbers + {}, {}", begin.weights, begin.numbers, layer.input.channels));
    }

    int add(const SqueezeExcitationSpec& squeeze, const InferenceLayer& layer, int from, bool keep) {
        const Begin begin = append(layer);
        const int means = take();
        const int hidden = take();
        const int to = keep ? take() : from;
        call("squeeze_excitation", fmt::format("{}, {}, {}, {}, weights + {}, numbers + {}, {}, {}, {}", at(from),
                                               at(to), at(means), at(hidden), begin.weights, begin.numbers,
                                               layer.input.channels, layer.input.pixels(), squeeze.squeeze_channels));
        release(means);
        release(hidden);
        return to;
    }

    int add(const BatchNormSpec& norm, const InferenceLayer& layer, int from, bool keep) {
        const std::size_t begin = number_count_;
        const ScaleShift alone = scale_shift(norm, layer.norm);
        for (const double factor : alone.factors) append_number(factor);
        for (const double shift : alone.shifts) append_number(shift);
        const int to = keep ? take() : from;
        call("scale_shift", fmt::format("{}, {}, numbers + {}, {}, {}", at(from), at(to), begin, layer.input.channels,
                                        layer.input.pixels()));
        return to;
    }

    int add(const ActivationSpec& activation, const InferenceLayer& layer, int from, bool keep) {
        const int to = keep ? take() : from;
        std::string arguments = fmt::format("{}, {}, {}", at(from), at(to), layer.output.size());
        const auto add_parameters = [&]<class Kind>(const Kind& kind) {
            for (const auto& key : keys_of<Kind>())
                for_each_number(key, kind,
                                [&](double number) { arguments += ", " + literal(static_cast<float>(number)); });
        };
        std::visit(add_parameters, activation.kind);
        call(name_of(activation.kind), arguments, "apply_");
        return to;
    }

    int add(const MaxPool2dSpec& pool, const InferenceLayer& layer, int from, bool keep) {
        return slide("max_pool2d", pool, layer, from, keep, std::to_string(layer.input.channels));
    }

    int add(const AvgPool2dSpec& pool, const InferenceLayer& layer, int from, bool keep) {
        return slide("avg_pool2d", pool, layer, from, keep, std::to_string(layer.input.channels));
    }

    int add(const GlobalAvgPoolSpec&, const InferenceLayer& layer, int from, bool keep) {
        const int to = next(from, keep);
        call("global_avg_pool",
             fmt::format("{}, {}, {}, {}", at(from), at(to), layer.input.channels, layer.input.pixels()));
        return to;
    }

    int add(const ResidualSpec&, const InferenceLayer& layer, int from, bool keep) {
        const int body = sequence(layer.body, from, true);
        const int beside = sequence(layer.shortcut, from, true);
        const int to = body == from && keep ? take() : body;
        call("add", fmt::format("{}, {}, {}, {}", at(body), at(beside), at(to), layer.output.size()));
        if (beside != from) release(beside);
        if (!keep && to != from) release(from);
        return to;
    }

    // What a trained network does nothing by.
    static int add(const DropoutSpec&, const InferenceLayer&, int from, bool) { return from; }
    static int add(const FlattenSpec&, const InferenceLayer&, int from, bool) { return from; }

    const Model& model_;
    WeightFormat format_;
    std::size_t buffer_values_ = 0;
    std::vector<bool> taken_;
    std::set<std::string> pieces_;
    NumberList weights_;
    NumberList numbers_;
    std::size_t weight_count_ = 0;
    std::size_t number_count_ = 0;
    NetworkCode code_;
};

}  // namespace

NetworkCode network_code(const Model& model, WeightFormat format) { return Writer(model, format).code(); }

}  // namespace inkling
