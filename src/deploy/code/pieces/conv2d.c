#include "correlate.c"

/* output (filters, rows, columns) of input (channels, height, width); weights (filters, channels, kernel, kernel);
   numbers (2, filters): factors and biases. */
static void conv2d(const float* input, float* output, const Weight* weights, const float* numbers, int channels,
                   int filters, Window window) {
    const int pixels = window.rows * window.columns;
    for (int f = 0; f < filters; ++f) {
        float* plane = output + f * pixels;
        for (int i = 0; i < pixels; ++i) plane[i] = 0;
        for (int c = 0; c < channels; ++c) {
            correlate(input + c * window.height * window.width, plane, weights, &window);
            weights += window.kernel * window.kernel;
        }
        scale_plane(plane, pixels, numbers[f], numbers[filters + f]);
    }
}
