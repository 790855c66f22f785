#pragma once

#include "nn/cpu/stages.h"
#include "nn/engine.h"

namespace inkling {

/// A network compiled for one batch size: its stages in order, and the memory that they name.
struct CompiledNetwork {
    std::vector<Stage> stages;
    NetworkMemory memory;
    TensorId input = kNoTensor;            // (batch, channels, height, width)
    TensorId input_gradient = kNoTensor;   // likewise; in training only
    TensorId logits = kNoTensor;           // (batch, classes)
    TensorId logits_gradient = kNoTensor;  // likewise; in training only
};

/// Fuses layers into stages and lays out their memory. Throws Error (wrong usage) where shapes do not fit.
CompiledNetwork compile(const EngineRequest& request);

/// Makes the backward passes that are needed possible: by what lies behind the first parameters, and by the network's
/// input too where `by_input`. Their scratch memory is reckoned with.
void enable_backward(CompiledNetwork& network, bool by_input);

}  // namespace inkling
