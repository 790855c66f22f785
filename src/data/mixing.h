#pragma once

#include <optional>
#include <span>

#include "core/random.h"
#include "core/shape.h"
#include "data/augmentation.h"

namespace inkling {

/// How the images of a batch are mixed, each with a partner: both blend (H. Zhang et al., "mixup: beyond empirical risk
/// minimization", 2018) or swap a patch (S. Yun et al., "CutMix: regularization strategy to train strong classifiers
/// with localizable features", 2019). Their labels are mixed by the same share.
struct Mix {
    float share = 1;                  // an image's own in what it becomes; 1: nothing is mixed
    std::optional<Patch> patch = {};  // that is swapped
};

/// Drawn once a batch, as torchvision and timm do: whether it is mixed; where a spec has both, one of the two, equally
/// often; the share by Beta(alpha, alpha), which the patch's part of the image comes to where it is whole.
Mix draw_mix(const AugmentationSpec& spec, const Shape& shape, RandomStream random);

/// Mixes two partners, (channels, height, width), in place.
void mix_images(const Mix& mix, const Shape& shape, std::span<float> one, std::span<float> other);

/// A number of the distribution Beta(alpha, alpha), alpha above 0. G. Marsaglia and W. Tsang, "A simple method for
/// generating gamma variables", 2000.
double draw_beta(double alpha, RandomStream& random);

}  // namespace inkling
