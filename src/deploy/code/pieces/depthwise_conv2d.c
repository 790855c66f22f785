#include "correlate.c"

/* As conv2d, but each channel has one filter, which reads it alone. */
static void depthwise_conv2d(const float* input, float* output, const Weight* weights, const float* numbers,
                             int channels, Window window) {
    const int pixels = window.rows * window.columns;
    for (int c = 0; c < channels; ++c) {
        float* plane = output + c * pixels;
        for (int i = 0; i < pixels; ++i) plane[i] = 0;
        correlate(input + c * window.height * window.width, plane, weights, &window);
        weights += window.kernel * window.kernel;
        scale_plane(plane, pixels, numbers[c], numbers[channels + c]);
    }
}
