#pragma once

#include <cstdlib>

namespace inkling {

/// How often a test tries something random: `usual` times, or twenty times as often where INKLING_SOAK is set.
inline int soaked(int usual) { return std::getenv("INKLING_SOAK") != nullptr ? 20 * usual : usual; }

}  // namespace inkling
