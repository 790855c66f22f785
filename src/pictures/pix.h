#pragma once

#include <leptonica/allheaders.h>

#include <memory>

namespace inkling {

struct DestroyPix {
    void operator()(PIX* picture) const { pixDestroy(&picture); }
};

/// A picture of Leptonica's.
using Pix = std::unique_ptr<PIX, DestroyPix>;

/// Once for the process: what is wrong, an Error says.
void silence_leptonica();

}  // namespace inkling
