#include "window.c"

static void max_pool2d(const float* input, float* output, int channels, Window window) {
    for (int c = 0; c < channels; ++c, input += window.height * window.width)
        for (int row = 0; row < window.rows; ++row)
            for (int column = 0; column < window.columns; ++column) {
                const float* corner = input + row * window.stride * window.width + column * window.stride;
                float largest = corner[0];
                for (int y = 0; y < window.kernel; ++y)
                    for (int x = 0; x < window.kernel; ++x)
                        if (corner[y * window.width + x] > largest) largest = corner[y * window.width + x];
                *output++ = largest;
            }
}
