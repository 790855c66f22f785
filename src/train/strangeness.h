#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace inkling {

/// How unlike all characters an image is to a network: the squared distance of its logits from those of the nearest
/// class, in units of how characters of one class differ from one another (Mahalanobis). What is no character may well
/// have a probable class, but rarely logits as characters have them. K. Lee et al., "A simple unified framework for
/// detecting out-of-distribution samples and adversarial attacks", 2018, here of the last layer.
struct Strangeness {
    std::vector<double> whitening;  // (classes, classes): makes the differences within classes of variance 1 each
    std::vector<double> centres;    // (centres, classes), whitened: one for each class that there were images of
    double most = 0;                // of what is taken for a character; above 0

    double of(std::span<const float> logits) const;
};

/// The share of characters that are to be taken for such.
inline constexpr double kAccepted = 0.95;

/// Images as a network reads them.
struct LabelledLogits {
    std::vector<float> logits;         // (images, classes)
    std::vector<std::uint8_t> labels;  // (images)
};

/// The strangeness of images like `learned`, and the most of it that at least kAccepted of characters have: those that
/// are to come, by those of `held_out`, which the network did not learn from. `weights`, one for each class, say how
/// much its images count there; empty: alike. Nothing where there are too few images for it.
std::optional<Strangeness> fit_strangeness(const LabelledLogits& learned, const LabelledLogits& held_out, int classes,
                                           std::span<const float> weights = {});

}  // namespace inkling
