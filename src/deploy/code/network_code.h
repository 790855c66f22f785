#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "deploy/rounded_weights.h"
#include "train/model.h"

namespace inkling {

/// What C or C++ code that runs a network is put together from. It is written in what C99 and C++17 share, includes
/// nothing and takes no memory of its own.
struct NetworkCode {
    std::vector<std::string> functions;  // those that the calls need, each behind those that it needs
    std::string weights;                 // the numbers of an array of Weight, rows of filters and matrices
    std::string numbers;                 // the numbers of an array of float: factors and biases, and batch norms
    std::string calls;                   // from uint8_t image[] to the logits, in float work[work_values]
    std::size_t logits = 0;              // where these stand in `work`
    std::size_t work_values = 0;
    std::size_t constant_bytes = 0;  // of both arrays
};

/// The network with weights in a format, batch norms worked into the layers before them. Throws Error (failed) where a
/// factor or bias that comes of that is no finite number.
NetworkCode network_code(const Model& model, WeightFormat format);

}  // namespace inkling
