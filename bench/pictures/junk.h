#pragma once

#include <cstdint>
#include <span>

#include "core/random.h"
#include "data/dataset.h"
#include "pictures/grey_picture.h"

namespace inkling {

/// A kind of what is no character of the network's, and how a picture of it is drawn.
struct JunkKind {
    const char* name;
    bool is_held_out;  // had no say in the choice of what tells it from characters
    GreyPicture (*draw)(const Dataset& characters, RandomStream& random);
};

std::span<const JunkKind> junk_kinds();

/// Picture `index` of a kind: the same wherever it is drawn.
GreyPicture draw_junk(const JunkKind& kind, const Dataset& characters, std::uint32_t index);

}  // namespace inkling
