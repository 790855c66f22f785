#include "train/model.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "core/printable.h"
#include "kernels/loss.h"
#include "nn/safetensors.h"

namespace inkling {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "inkling model 1";
constexpr const char* kSetsKey = "conformal_sets";  // [coverage, least probability] of each
constexpr const char* kStrangenessKey = "strangeness";
constexpr const char* kCard =  // where a person finds more
    "inkling export RUN --card FILE.md writes this network's model card; RUN is the folder that it was trained into";

void add_tensors(std::vector<NamedTensor>& tensors, const std::vector<TensorInfo>& infos,
                 std::span<const float> values) {
    for (const TensorInfo& info : infos)
        tensors.push_back({info.name, {info.shape.begin(), info.shape.end()}, values.subspan(info.offset, info.size)});
}

void read_tensors(const Safetensors& file, const std::vector<TensorInfo>& infos, std::span<float> values) {
    for (const TensorInfo& info : infos) file.read(info.name, values.subspan(info.offset, info.size));
}

std::vector<double> read_shares(const SafetensorsMetadata& metadata, const char* key, std::size_t classes,
                                const std::string& source) {
    const auto found = metadata.find(key);
    if (found == metadata.end()) return {};
    auto shares = json::parse(found->second).get<std::vector<double>>();
    if (shares.size() != classes ||
        !std::all_of(shares.begin(), shares.end(), [](double share) { return share >= 0 && share <= 1; }))
        throw bad_data("{}: {} is not {} shares, each 0 to 1", source, key, classes);
    return shares;
}

std::vector<ConformalSets> read_sets(const SafetensorsMetadata& metadata, const std::string& source) {
    std::vector<ConformalSets> sets;
    const auto found = metadata.find(kSetsKey);
    if (found == metadata.end()) return sets;
    for (const auto& [coverage, least] : json::parse(found->second).get<std::vector<std::array<double, 2>>>()) {
        if (!(coverage > 0 && coverage < 1 && least >= 0 && least <= 1))
            throw bad_data("{}: {} of coverage {} and least probability {}, expected shares", source, kSetsKey,
                           coverage, least);
        sets.push_back({coverage, least});
    }
    return sets;
}

/// To six digits, which is what they are known to and takes half the room.
std::vector<double> rounded(std::vector<double> values) {
    for (double& value : values) value = std::stod(fmt::format("{:.6g}", value));
    return values;
}

std::optional<Strangeness> read_strangeness(const SafetensorsMetadata& metadata, std::size_t classes,
                                            const std::string& source) {
    const auto found = metadata.find(kStrangenessKey);
    if (found == metadata.end()) return std::nullopt;
    const json value = json::parse(found->second);
    Strangeness strangeness{.whitening = value.at("whitening").get<std::vector<double>>(),
                            .centres = value.at("centres").get<std::vector<double>>(),
                            .most = value.at("most").get<double>()};
    if (strangeness.whitening.size() != classes * classes || strangeness.centres.empty() ||
        strangeness.centres.size() % classes != 0 || strangeness.centres.size() > classes * classes ||
        !(strangeness.most > 0))
        throw bad_data("{}: {} of other sizes than those of {} classes", source, kStrangenessKey, classes);
    return strangeness;
}

/// Throws json::exception where a value has another form, Error (bad data) where it is missing or out of range.
Model parse_metadata(const SafetensorsMetadata& metadata, const std::string& source) {
    const auto text = [&](const char* key) { return value_of(metadata, key, source); };
    if (text("format") != kFormat)
        throw bad_data("{}: format \"{}\", expected \"{}\"", source, printable(text("format")), kFormat);
    Model model;
    model.recipe = parse_recipe(text("recipe"), source + " (recipe)");
    model.split = text("split");
    model.class_names = json::parse(text("class_names")).get<std::vector<std::string>>();
    if (model.class_names.size() < 2 || model.class_names.size() > kernels::kMaxClasses)
        throw bad_data("{}: {} classes, expected 2 to {}", source, model.class_names.size(), kernels::kMaxClasses);
    for (const std::string& name : model.class_names)  // they are printed
        if (printable(name) != name)
            throw bad_data("{}: class \"{}\", expected a name of 120 bytes at most without control characters", source,
                           printable(name));
    model.shares = read_shares(metadata, "class_shares", model.class_names.size(), source);
    model.prior = read_shares(metadata, "prior", model.class_names.size(), source);
    if (metadata.contains("temperature")) model.temperature = json::parse(text("temperature")).get<double>();
    if (!(model.temperature > 0) || !std::isfinite(model.temperature))
        throw bad_data("{}: temperature {}, expected a number above 0", source, printable(text("temperature")));
    model.sets = read_sets(metadata, source);
    model.strangeness = read_strangeness(metadata, model.class_names.size(), source);
    const auto normalization = json::parse(text("normalization")).get<std::array<float, 2>>();
    model.normalization = {normalization[0], normalization[1]};
    if (!std::isfinite(model.normalization.mean) || !std::isfinite(model.normalization.deviation) ||
        model.normalization.deviation <= 0)
        throw bad_data("{}: normalization {}, expected a mean and a deviation above 0", source,
                       printable(text("normalization")));
    return model;
}

}  // namespace

void save_model(const std::filesystem::path& path, const Model& model) {
    const ParameterLayout layout = parameter_layout(model.recipe.network, model.classes());
    std::vector<NamedTensor> tensors;
    add_tensors(tensors, layout.parameters, model.parameters);
    add_tensors(tensors, layout.statistics, model.statistics);
    const Shape input = model.recipe.network.input;
    SafetensorsMetadata metadata = {
        {"format", kFormat},
        {"recipe", to_toml(model.recipe)},
        {"split", model.split},
        {"class_names", json(model.class_names).dump()},
        {"input", json({input.channels, input.height, input.width}).dump()},
        {"normalization", json({model.normalization.mean, model.normalization.deviation}).dump()},
        {"card", kCard}};
    if (model.temperature != 1) metadata["temperature"] = json(model.temperature).dump();
    auto sets = json::array();
    for (const ConformalSets& each : model.sets) sets.push_back({each.coverage, each.least_probability});
    if (!sets.empty()) metadata[kSetsKey] = sets.dump();
    if (model.strangeness)
        metadata[kStrangenessKey] = json({{"whitening", rounded(model.strangeness->whitening)},
                                          {"centres", rounded(model.strangeness->centres)},
                                          {"most", model.strangeness->most}})
                                        .dump();
    if (!model.shares.empty()) metadata["class_shares"] = json(model.shares).dump();
    if (!model.prior.empty()) metadata["prior"] = json(model.prior).dump();
    write_file(path, encode_safetensors(tensors, metadata));
}

Model load_model(const std::filesystem::path& path) {
    Model model;
    ParameterLayout layout;
    try {
        // Before any memory is taken for what only the metadata speak of.
        const Safetensors file = read_safetensors(path, [&](const SafetensorsMetadata& metadata) {
            model = parse_metadata(metadata, path.string());
            layout = parameter_layout(model.recipe.network, model.classes());
            return (layout.parameter_count + layout.statistics_count) * sizeof(float);
        });
        if (layout.parameter_count > file.value_bytes() / sizeof(float))
            throw bad_data("{}: fewer values than its recipe's {} parameters", path.string(), layout.parameter_count);
        model.parameters.resize(layout.parameter_count);
        model.statistics.resize(layout.statistics_count);
        read_tensors(file, layout.parameters, model.parameters);
        read_tensors(file, layout.statistics, model.statistics);
        for (const auto* values : {&model.parameters, &model.statistics})
            if (!std::all_of(values->begin(), values->end(), [](float value) { return std::isfinite(value); }))
                throw bad_data("{}: a weight is not finite, expected a trained network", path.string());
        return model;
    } catch (const Error& error) {
        // A recipe that is wrong here is no fault of the person who typed the command.
        throw Error(ExitStatus::kData, error.what());
    } catch (const json::exception&) {
        throw bad_data("{}: metadata that this program did not write", path.string());
    }
}

Network make_network(const Model& model, int batch_size, Network::Mode mode, const Sharing& sharing) {
    Network network(model.recipe.network, model.classes(), batch_size, mode, Precision::kFloat32, sharing);
    std::copy(model.parameters.begin(), model.parameters.end(), network.parameters().begin());
    std::copy(model.statistics.begin(), model.statistics.end(), network.statistics().begin());
    network.parameters_changed();
    return network;
}

}  // namespace inkling
