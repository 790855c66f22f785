#pragma once

#include <cstdint>
#include <span>

#include "data/dataset.h"
#include "nn/network.h"

namespace inkling {

/// The weights that a training on `samples` begins with: initialize(), and where the network's initialization is
/// kWhitened the first convolution's first filters set to what tells the images' patches apart evenly - the
/// eigenvectors of their covariance, the largest first, each divided by the root of its eigenvalue and followed by its
/// negative. What such a filter makes of the images has a variance of 1, and is uncorrelated with what all others but
/// its negative make. K. Jordan, "94% on CIFAR-10 in 3.29 seconds on a single GPU", 2024, who does not train them; here
/// they learn as all do.
void initialize_for(Network& network, std::uint64_t seed, const Dataset& data, std::span<const std::uint32_t> samples,
                    const Normalization& normalization);

}  // namespace inkling
