#pragma once

namespace inkling {

/// Element-wise functions, as PyTorch defines them. gelu is the exact one, with erf.
enum class Activation { kRelu, kLeakyRelu, kElu, kSelu, kGelu, kSilu, kMish, kTanh, kSigmoid };

}  // namespace inkling
