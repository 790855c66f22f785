#pragma once

namespace inkling::kernels {

enum class PoolKind { kMax, kAverage };

/// A pooling window over the planes of an image, without padding; windows that would reach over the edge are left out,
/// as in PyTorch. Of equal values the first, row by row, is the largest. Global average pooling is a window of the
/// plane's size.
struct Pool {
    PoolKind kind = PoolKind::kMax;
    int kernel_height = 2;
    int kernel_width = 2;
    int stride_height = 2;
    int stride_width = 2;
    int height = 0;  // of the input plane
    int width = 0;

    int output_height() const { return (height - kernel_height) / stride_height + 1; }
    int output_width() const { return (width - kernel_width) / stride_width + 1; }
    bool operator==(const Pool&) const = default;
};

}  // namespace inkling::kernels
