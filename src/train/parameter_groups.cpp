#include "train/parameter_groups.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "core/config_keys.h"
#include "core/nearest_name.h"
#include "core/toml_text.h"

namespace inkling {
namespace {

constexpr std::size_t kMaxGroups = 64;
constexpr std::size_t kMaxNameBytes = 64;

/// Of the kinds that are learned, in TensorKind's order.
constexpr std::array kTensorNames{"filter", "matrix", "bias", "norm_weight", "norm_bias"};
constexpr const char* kOutput = "output";

constexpr std::array kGroupKeys{
    ConfigKey<ParameterGroup>{.name = "learning_rate_factor",
                              .member = &ParameterGroup::learning_rate_factor,
                              .range = {.least = 0, .most = 1e4, .without_least = true}},
};

const char* tensor_name(TensorKind kind) { return kTensorNames.at(static_cast<std::size_t>(kind)); }

/// "3.body.1" of "3.body.1.weight".
std::string layer_of(const TensorInfo& tensor) { return tensor.name.substr(0, tensor.name.rfind('.')); }

/// "3" of "3.body.1.weight".
std::string outermost_layer_of(const TensorInfo& tensor) { return tensor.name.substr(0, tensor.name.find('.')); }

bool is_in(const TensorInfo& tensor, const std::string& layer) {
    return layer == kOutput ? tensor.is_output : tensor.name.starts_with(layer + ".");
}

bool is_named(const TensorInfo& tensor, const ParameterGroup& group) {
    const auto holds = [&](const std::string& layer) { return is_in(tensor, layer); };
    return (group.tensors.empty() || std::ranges::find(group.tensors, tensor.kind) != group.tensors.end()) &&
           (group.layers.empty() || std::ranges::any_of(group.layers, holds));
}

const ParameterGroup* holder_of(const TensorInfo& tensor, std::span<const ParameterGroup> groups) {
    const auto holder =
        std::ranges::find_if(groups, [&](const ParameterGroup& group) { return is_named(tensor, group); });
    return holder == groups.end() ? nullptr : &*holder;
}

std::vector<TensorInfo> tensors_of(const ParameterGroup& group, std::span<const ParameterGroup> groups,
                                   const ParameterLayout& layout) {
    std::vector<TensorInfo> held;
    std::ranges::copy_if(layout.parameters, std::back_inserter(held),
                         [&](const TensorInfo& tensor) { return holder_of(tensor, groups) == &group; });
    return held;
}

bool is_regularized(const TensorInfo& tensor) {
    return tensor.kind == TensorKind::kFilter || tensor.kind == TensorKind::kMatrix;
}

/// How many layers with filters or matrices stand behind each tensor's own.
std::vector<int> depths(const ParameterLayout& layout) {
    std::vector<std::string> layers;
    for (const TensorInfo& tensor : layout.parameters)
        if (is_regularized(tensor) && (layers.empty() || layers.back() != outermost_layer_of(tensor)))
            layers.push_back(outermost_layer_of(tensor));
    std::vector<int> result;
    result.reserve(layout.parameters.size());
    std::size_t begun = 0;
    for (const TensorInfo& tensor : layout.parameters) {
        if (begun < layers.size() && layers[begun] == outermost_layer_of(tensor)) ++begun;
        // What precedes the first goes with it.
        result.push_back(static_cast<int>(layers.size() - std::max<std::size_t>(begun, 1)));
    }
    return result;
}

bool is_continued(const ParameterPart& part, const ParameterPart& next) {
    return part.range.last == next.range.first && part.group == next.group && part.rate_factor == next.rate_factor &&
           part.is_regularized == next.is_regularized;
}

void check_layer(const ParameterGroup& group, const std::string& layer, const ParameterLayout& layout) {
    if (std::ranges::any_of(layout.parameters, [&](const TensorInfo& tensor) { return is_in(tensor, layer); })) return;
    std::vector<std::string> known{kOutput};
    for (const TensorInfo& tensor : layout.parameters) known.push_back(layer_of(tensor));
    // A number is near to every other.
    const bool is_word = std::ranges::any_of(layer, [](unsigned char c) { return std::isalpha(c) != 0; });
    const std::string nearest = is_word ? nearest_name(layer, known) : "";
    throw wrong_usage("{}: optimizer.groups names the layer {}, but none that learns is called that; {}", group.origin,
                      toml_text(layer),
                      nearest.empty() ? fmt::format("there are {} to {}, and output", known[1], known.back())
                                      : fmt::format("did you mean {}?", nearest));
}

std::vector<TensorKind> read_tensors(Config& config) {
    const std::vector<std::string> names(kTensorNames.begin(), kTensorNames.end());
    std::vector<TensorKind> kinds;
    for (const std::string& name : config.strings("tensors", {}, names.size())) {
        const auto found = std::ranges::find(names, name);
        if (found == names.end()) {
            const std::string nearest = nearest_name(name.substr(0, kMaxNameBytes), names);
            throw config.error("tensors", fmt::format("has one that is none of {}{}", fmt::join(names, ", "),
                                                      nearest.empty() ? "" : "; did you mean " + nearest + "?"));
        }
        kinds.push_back(static_cast<TensorKind>(found - names.begin()));
    }
    return kinds;
}

std::vector<std::string> read_layers(Config& config) {
    std::vector<std::string> layers = config.strings("layers", {}, kMaxListValues);
    for (const std::string& layer : layers)
        if (layer.empty() || layer.size() > kMaxNameBytes)
            throw config.error("layers",
                               fmt::format("has a name that is empty or longer than {} bytes", kMaxNameBytes));
    return layers;
}

std::optional<OptimizerKind> read_group_kind(Config& config) {
    auto kind = choose_kind<OptimizerKind>(config, "kind", {});
    if (config.has("kind")) {
        read_kind(config, "kind", kind);
        check_optimizer(config, kind);
        if (std::holds_alternative<optimizer::Asgd>(kind))
            throw config.error("kind", "cannot be asgd, whose average is of all parameters; set optimizer.kind");
        return kind;
    }
    for (const std::string& key : key_names<OptimizerKind>())
        config.refuse(key, "kind", "belongs to a kind, which this group lacks; give it one");
    return std::nullopt;
}

ParameterGroup read_group(Config& config) {
    ParameterGroup group{.tensors = read_tensors(config), .layers = read_layers(config)};
    if (config.has("learning_rate"))
        throw config.error("learning_rate", "is for all parameters, in [optimizer]; a group has learning_rate_factor");
    read_keys(config, kGroupKeys, group);
    const auto decay = static_cast<float>(config.number("weight_decay", 0, kUpTo100));
    if (config.has("weight_decay")) group.weight_decay = decay;
    group.kind = read_group_kind(config);
    group.origin = config.origin();
    config.finish();
    if (group.tensors.empty() && group.layers.empty())
        throw wrong_usage(
            "{}: one of optimizer.groups names neither tensors nor layers; set what is for all in "
            "[optimizer] itself",
            group.origin);
    return group;
}

template <class Names>
std::string list_text(const char* key, const Names& names) {
    std::vector<std::string> quoted;
    quoted.reserve(names.size());
    for (const auto& name : names) quoted.push_back(toml_text(name));
    return fmt::format("{} = [{}]", key, fmt::join(quoted, ", "));
}

std::vector<std::string> names_of(const std::vector<TensorKind>& kinds) {
    std::vector<std::string> names;
    names.reserve(kinds.size());
    for (const TensorKind kind : kinds) names.emplace_back(tensor_name(kind));
    return names;
}

std::string group_text(const ParameterGroup& group) {
    std::vector<std::string> entries;
    if (!group.tensors.empty()) entries.push_back(list_text("tensors", names_of(group.tensors)));
    if (!group.layers.empty()) entries.push_back(list_text("layers", group.layers));
    for (std::string& entry : write_keys(kGroupKeys, group)) entries.push_back(std::move(entry));
    if (group.weight_decay) entries.push_back(fmt::format("weight_decay = {}", *group.weight_decay));
    if (group.kind) {
        entries.push_back(fmt::format("kind = \"{}\"", name_of(*group.kind)));
        for (std::string& entry : write_kind(*group.kind)) entries.push_back(std::move(entry));
    }
    return fmt::format("{}", fmt::join(entries, ", "));
}

}  // namespace

std::vector<ParameterPart> parameter_parts(const ParameterLayout& layout, std::span<const ParameterGroup> groups,
                                           float layer_decay) {
    const std::vector<int> depth = depths(layout);
    std::vector<ParameterPart> all;
    all.reserve(layout.parameters.size());
    for (std::size_t i = 0; i < layout.parameters.size(); ++i) {
        const TensorInfo& tensor = layout.parameters[i];
        const ParameterGroup* const group = holder_of(tensor, groups);
        const double factor = group == nullptr ? 1 : group->learning_rate_factor;
        all.push_back({.range = {tensor.offset, tensor.offset + tensor.size},
                       .group = group,
                       .rate_factor = factor * std::pow(double{layer_decay}, depth[i]),
                       .is_regularized = is_regularized(tensor)});
    }
    std::ranges::sort(all, {}, [](const ParameterPart& part) { return part.range.first; });
    std::vector<ParameterPart> merged;
    for (const ParameterPart& part : all)
        if (!merged.empty() && is_continued(merged.back(), part))
            merged.back().range.last = part.range.last;
        else
            merged.push_back(part);
    return merged;
}

void check_groups(std::span<const ParameterGroup> groups, const ParameterLayout& layout) {
    for (const ParameterGroup& group : groups) {
        for (const std::string& layer : group.layers) check_layer(group, layer, layout);
        if (!tensors_of(group, groups, layout).empty()) continue;
        const bool taken =
            std::ranges::any_of(layout.parameters, [&](const TensorInfo& tensor) { return is_named(tensor, group); });
        throw wrong_usage("{}: one of optimizer.groups holds nothing: {}; take it away, or name others", group.origin,
                          taken ? "groups before it hold all tensors that it names"
                                : "the network has no such tensors in these layers");
    }
}

std::vector<std::string> describe_groups(std::span<const ParameterGroup> groups, const ParameterLayout& layout) {
    std::vector<std::string> lines;
    for (const ParameterGroup& group : groups) {
        const std::vector<TensorInfo> held = tensors_of(group, groups, layout);
        std::string line = fmt::format(
            "{}{}{}", group.tensors.empty() ? "all" : fmt::format("{}", fmt::join(names_of(group.tensors), ", ")),
            group.layers.empty() ? "" : " of ", fmt::join(group.layers, ", "));
        line += fmt::format(": {} tensors, {} values, learning rate x {}", held.size(), count_parameters(held),
                            group.learning_rate_factor);
        if (group.weight_decay) line += fmt::format(", weight decay {}", *group.weight_decay);
        if (group.kind) line += fmt::format(", {}", name_of(*group.kind));
        lines.push_back(std::move(line));
    }
    return lines;
}

void check_optimizer(const Config& config, const OptimizerKind& kind) {
    const auto* const sgd = std::get_if<optimizer::Sgd>(&kind);
    if (sgd != nullptr && sgd->nesterov && (sgd->momentum == 0 || sgd->dampening != 0))
        throw config.error("nesterov", "needs a momentum above 0 and no dampening");
}

std::vector<ParameterGroup> read_groups(Config& optimizer) {
    std::vector<ParameterGroup> groups;
    for (Config& table : optimizer.tables("groups", kMaxGroups)) groups.push_back(read_group(table));
    return groups;
}

std::string write_groups(std::span<const ParameterGroup> groups) {
    if (groups.empty()) return {};
    std::string text = "groups = [\n";
    for (const ParameterGroup& group : groups) text += fmt::format("    {{ {} }},\n", group_text(group));
    return text + "]";
}

std::vector<std::string> group_keys() {
    std::vector<std::string> keys{"tensors", "layers", "weight_decay", "kind"};
    for (const auto& key : kGroupKeys) keys.emplace_back(key.name);
    return keys;
}

}  // namespace inkling
