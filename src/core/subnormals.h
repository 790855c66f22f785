#pragma once

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace inkling {

/// While it lives, the calling thread takes floats below the smallest normal one, 1.2e-38, for zero. Weights,
/// activations and gradients that die away go through such numbers, on which processors work up to a hundred times
/// slower.
class FlushSubnormals {
  public:
#if defined(__x86_64__)
    FlushSubnormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | kResultsToZero | kOperandsToZero); }
    ~FlushSubnormals() { _mm_setcsr(before_); }
    FlushSubnormals(const FlushSubnormals&) = delete;
    FlushSubnormals& operator=(const FlushSubnormals&) = delete;

  private:
    static constexpr unsigned kResultsToZero = 0x8000;
    static constexpr unsigned kOperandsToZero = 0x0040;
    unsigned before_;
#else
    FlushSubnormals() {}
#endif
};

}  // namespace inkling
