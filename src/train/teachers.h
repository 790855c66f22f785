#pragma once

#include <optional>
#include <span>
#include <vector>

#include "data/batches.h"
#include "data/dataset.h"
#include "kernels/loss.h"
#include "train/model.h"
#include "train/recipe.h"

namespace inkling {

/// The teachers that a training learns from, by path_text(), with their files' hashes; none where it learns from none.
/// Throws Error (bad data) where a file cannot be read.
std::vector<DataFile> teacher_files(const DistillationSpec& spec);

/// Makes the teachers' paths those of their files from wherever they are looked at.
void name_absolutely(DistillationSpec& spec);

/// The teachers, none where a training learns from none. Throws Error: bad data as load_model() does; wrong usage where
/// one does not tell the classes of `data` apart, takes images of another shape, or does not say what prior it assumes.
std::vector<Model> load_teachers(const DistillationSpec& spec, const Dataset& data);

/// Teachers at work beside a network that is trained. They see the very images that it sees, distorted and mixed. L.
/// Beyer et al., "Knowledge distillation: a good teacher is patient and consistent", 2022.
class Teachers {
  public:
    /// For batches of so many images under `normalization`, to be asked at `temperature` for what they take images for
    /// where classes come as `prior` says. One or more, as load_teachers() gave them.
    Teachers(std::vector<Model> models, const std::vector<double>& prior, float temperature,
             const Normalization& normalization, int batch_size, const Sharing& sharing = {});

    /// The mean of their probabilities, (batch, classes), for `images`, (batch, channels, height, width); until the
    /// next call. Takes no memory of its own.
    std::span<const float> probabilities(std::span<const float> images);

  private:
    struct Teacher {
        Network network;
        float scale;  // from the images' normalization to its own
        float shift;
    };

    std::vector<Teacher> teachers_;
    std::vector<float> mean_;
    std::vector<float> single_;
};

/// The teachers of a training, as load_teachers() finds them; none where it learns from none.
std::optional<Teachers> training_teachers(const DistillationSpec& spec, const Dataset& data,
                                          const std::vector<double>& prior, const Normalization& normalization,
                                          int batch_size, const Sharing& sharing = {});

/// What the images of a batch, whose samples have `labels`, are to be taken for.
Targets batch_targets(std::span<const std::int32_t> labels, const Mixture& mixture, std::optional<Teachers>& teachers,
                      std::span<const float> images);

}  // namespace inkling
