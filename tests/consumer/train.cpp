#include <fmt/format.h>

#include <vector>

#include "nn/network.h"
#include "train/recipe.h"

int main(int, char** argv) {
    const inkling::Recipe recipe = inkling::read_recipe(argv[1]);
    inkling::Network network(recipe.network, /*classes=*/47, /*batch_size=*/1, inkling::Network::Mode::kInfer);
    inkling::initialize(network, /*seed=*/0);
    network.forward({});
    std::vector<float> probabilities(47);
    network.probabilities(probabilities);
    fmt::print("ran: {:.3f}\n", probabilities[0]);
}
