#include "deploy/state_dict.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/printable.h"
#include "data/catalogue.h"
#include "kernels/loss.h"
#include "nn/safetensors.h"

namespace inkling {
namespace {

constexpr std::string_view kCount = "num_batches_tracked";  // a batch norm's, one number of 64 bits

/// What all names in the file begin with, empty where that is nothing. The network's first tensor tells it.
std::string common_prefix(const Safetensors& file, const std::string& first) {
    for (const std::string& name : file.names())
        if (name.ends_with("." + first)) {
            std::string prefix = name.substr(0, name.size() - first.size());
            const auto begins = [&](const std::string& other) { return other.starts_with(prefix); };
            if (std::ranges::all_of(file.names(), begins)) return prefix;
        }
    return "";
}

/// Without the extents of 1 behind, by which a matrix and filters of one pixel differ.
template <class Extent>
std::vector<std::size_t> significant(const std::vector<Extent>& shape) {
    std::vector<std::size_t> extents(shape.begin(), shape.end());
    while (extents.size() > 1 && extents.back() == 1) extents.pop_back();
    return extents;
}

std::string shape_text(const auto& shape) { return printable(fmt::format("{}", fmt::join(shape, ", "))); }

class StateDict {
  public:
    StateDict(const Safetensors& file, std::string source, std::string prefix)
        : file_(file), source_(std::move(source)), prefix_(std::move(prefix)) {}

    const std::vector<std::size_t>& shape(const std::string& name) const { return file_.shape(prefix_ + name); }

    void read(const std::vector<TensorInfo>& infos, std::vector<float>& values) const {
        for (const TensorInfo& info : infos) {
            if (significant(shape(info.name)) != significant(info.shape))
                throw bad_data("{}: tensor {} has shape ({}), expected ({}); name the recipe of the same network",
                               source_, info.name, shape_text(shape(info.name)), shape_text(info.shape));
            file_.read(prefix_ + info.name, std::span(values).subspan(info.offset, info.size));
        }
        if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
            throw bad_data("{}: a weight is not finite, expected a trained network", source_);
    }

    /// Throws Error (bad data) for a tensor that the network has no place for.
    void check_all_are_read(const ParameterLayout& layout) const {
        for (const std::string& name : file_.names()) {
            const auto is_it = [&](const TensorInfo& info) { return prefix_ + info.name == name; };
            if (!name.ends_with(kCount) && std::ranges::none_of(layout.parameters, is_it) &&
                std::ranges::none_of(layout.statistics, is_it))
                throw bad_data(
                    "{}: tensor {} has no place in the recipe's network; name the recipe of the same network", source_,
                    printable(name));
        }
    }

  private:
    const Safetensors& file_;
    std::string source_;
    std::string prefix_;
};

std::vector<std::string> class_names(const std::string& split, int classes, const std::string& source) {
    if (split.empty()) return numbered_mapping(0, classes - 1).class_names;
    const OfficialSplit* official = find_official_split(split);
    if (official == nullptr)
        throw wrong_usage("split {}: not one of EMNIST's, whose classes are known; leave --split out to number them",
                          split);
    auto names = official_mapping(*official).class_names;
    if (names.size() != static_cast<std::size_t>(classes))
        throw bad_data("{}: {} classes, expected the {} of split {}", source, classes, names.size(), split);
    return names;
}

}  // namespace

Model import_state_dict(const std::filesystem::path& path, const StateDictContext& context) {
    const std::string source = path.string();
    const NetworkSpec& spec = context.recipe.network;
    const Safetensors file = read_safetensors(path, [&](const SafetensorsMetadata&) {
        const ParameterLayout largest = parameter_layout(spec, kernels::kMaxClasses);
        return (largest.parameter_count + largest.statistics_count) * sizeof(float) +
               largest.statistics.size() * sizeof(std::int64_t);
    });
    ParameterLayout layout = parameter_layout(spec, 2);
    const StateDict dict(file, source, common_prefix(file, layout.parameters.front().name));
    const auto output = std::ranges::find_if(
        layout.parameters, [](const TensorInfo& info) { return info.is_output && info.kind == TensorKind::kMatrix; });
    const auto& shape = dict.shape(output->name);
    if (shape.size() != 2 || shape[0] < 2 || shape[0] > kernels::kMaxClasses)
        throw bad_data("{}: tensor {} has shape ({}), expected one row for each of 2 to {} classes", source,
                       output->name, shape_text(shape), kernels::kMaxClasses);
    const int classes = static_cast<int>(shape[0]);
    layout = parameter_layout(spec, classes);
    dict.check_all_are_read(layout);
    Model model{.recipe = context.recipe,
                .split = context.split.empty() ? "imported" : context.split,
                .class_names = class_names(context.split, classes, source),
                .normalization = context.normalization,
                .parameters = std::vector<float>(layout.parameter_count),
                .statistics = std::vector<float>(layout.statistics_count)};
    dict.read(layout.parameters, model.parameters);
    dict.read(layout.statistics, model.statistics);
    return model;
}

}  // namespace inkling
