#pragma once

namespace inkling::kernels {

/// Neighbouring samples of a batch, which one worker takes through all that need not wait for other samples. Kernels
/// that take one work on it alone, on the calling thread; their pointers are to its first sample.
struct Slice {
    int first = 0;  // its first sample's place in the batch, by which random numbers are drawn
    int count = 0;
};

}  // namespace inkling::kernels
