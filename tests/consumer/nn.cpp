#include <fmt/format.h>

#include <vector>

#include "nn/network.h"

int main() {
    const inkling::NetworkSpec spec{
        .layers = {{inkling::Conv2dSpec{.filters = 16}}, {inkling::ActivationSpec{}}, {inkling::GlobalAvgPoolSpec{}}}};
    inkling::Network network(spec, /*classes=*/47, /*batch_size=*/8, inkling::Network::Mode::kInfer);
    inkling::initialize(network, /*seed=*/0);
    network.forward({});
    std::vector<float> probabilities(8 * 47);
    network.probabilities(probabilities);
    fmt::print("ran: {:.3f}\n", probabilities[0]);
}
