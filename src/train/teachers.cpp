#include "train/teachers.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "core/path_text.h"
#include "train/calibration.h"
#include "train/prior.h"
#include "train/transfer.h"

namespace inkling {
namespace {

std::filesystem::path file_of(const std::string& teacher) { return weights_file(path_from_text(teacher)); }

void check_teacher(const Model& model, const Dataset& data, const std::string& source) {
    const Shape input = model.recipe.network.input;
    if (input != data.shape)
        throw wrong_usage("{}: this teacher takes images of {}x{}x{}, but those of split {} are {}x{}x{}", source,
                          input.channels, input.height, input.width, data.split, data.shape.channels, data.shape.height,
                          data.shape.width);
    if (model.classes() != data.classes())
        throw wrong_usage("{}: this teacher tells the {} classes of split {} apart, not the {} of split {}", source,
                          model.classes(), model.split, data.classes(), data.split);
    const auto [own, taught] = std::ranges::mismatch(model.class_names, data.class_names);
    if (own != model.class_names.end())
        throw wrong_usage("{}: this teacher learned \"{}\" as class {}, which is \"{}\" in split {}", source, *own,
                          own - model.class_names.begin(), *taught, data.split);
    if (model.prior.empty())
        throw wrong_usage("{}: this teacher does not say how frequent it takes its classes to be; train it anew",
                          source);
}

}  // namespace

std::vector<DataFile> teacher_files(const DistillationSpec& spec) {
    std::vector<DataFile> files;
    if (!spec.active()) return files;
    for (const std::string& teacher : spec.teachers) {
        const std::filesystem::path file = file_of(teacher);
        files.push_back({path_text(file), sha256(read_file(file, kAnySize))});
    }
    return files;
}

void name_absolutely(DistillationSpec& spec) {
    for (std::string& teacher : spec.teachers)
        teacher = path_text(std::filesystem::absolute(file_of(teacher)).lexically_normal());
}

std::vector<Model> load_teachers(const DistillationSpec& spec, const Dataset& data) {
    std::vector<Model> models;
    if (!spec.active()) return models;
    for (const std::string& teacher : spec.teachers) {
        const std::filesystem::path file = file_of(teacher);
        models.push_back(load_model(file));
        check_teacher(models.back(), data, file.string());
    }
    return models;
}

Teachers::Teachers(std::vector<Model> models, const std::vector<double>& prior, float temperature,
                   const Normalization& normalization, int batch_size, const Sharing& sharing) {
    for (Model& model : models) {
        const Normalization own = model.normalization;
        const Model asked = with_temperature(with_prior(std::move(model), prior), temperature);
        teachers_.push_back({.network = make_network(asked, batch_size, Network::Mode::kInfer, sharing),
                             .scale = normalization.deviation / own.deviation,
                             .shift = (normalization.mean - own.mean) / own.deviation});
    }
    mean_.resize(static_cast<std::size_t>(batch_size) * prior.size());
    single_.resize(mean_.size());
}

std::span<const float> Teachers::probabilities(std::span<const float> images) {
    std::fill(mean_.begin(), mean_.end(), 0.0f);
    const float part = 1 / static_cast<float>(teachers_.size());
    for (Teacher& teacher : teachers_) {
        std::transform(images.begin(), images.end(), teacher.network.input().begin(),
                       [&](float value) { return teacher.scale * value + teacher.shift; });
        teacher.network.forward({});
        teacher.network.probabilities(single_);
        for (std::size_t i = 0; i < mean_.size(); ++i) mean_[i] += part * single_[i];
    }
    return mean_;
}

std::optional<Teachers> training_teachers(const DistillationSpec& spec, const Dataset& data,
                                          const std::vector<double>& prior, const Normalization& normalization,
                                          int batch_size, const Sharing& sharing) {
    if (!spec.active()) return std::nullopt;
    return Teachers(load_teachers(spec, data), prior, spec.temperature, normalization, batch_size, sharing);
}

Targets batch_targets(std::span<const std::int32_t> labels, const Mixture& mixture, std::optional<Teachers>& teachers,
                      std::span<const float> images) {
    Targets targets{.labels = labels, .other_labels = mixture.labels, .shares = mixture.shares};
    if (teachers) targets.teacher = teachers->probabilities(images);
    return targets;
}

}  // namespace inkling
