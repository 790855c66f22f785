#include "window.c"

static int first_place(int tap, const Window* window) {
    const int outside = window->padding - tap;
    return outside > 0 ? (outside + window->stride - 1) / window->stride : 0;
}

static int end_place(int tap, int extent, int places, const Window* window) {
    const int room = extent - 1 + window->padding - tap;
    const int end = room < 0 ? 0 : room / window->stride + 1;
    return end < places ? end : places;
}

/* Adds to output (rows, columns) the cross-correlation of input (height, width), 0 outside, with kernel x kernel
   weights. */
static void correlate(const float* input, float* output, const Weight* weights, const Window* window) {
    for (int tap = 0; tap < window->kernel * window->kernel; ++tap) {
        const int down = tap / window->kernel;
        const int right = tap % window->kernel;
        const float weight = weight_value(weights[tap]);
        const int first = first_place(right, window);
        const int end = end_place(right, window->width, window->columns, window);
        const int end_row = end_place(down, window->height, window->rows, window);
        for (int row = first_place(down, window); row < end_row; ++row) {
            const float* from = input + (row * window->stride + down - window->padding) * window->width;
            float* to = output + row * window->columns;
            if (window->stride == 1)
                for (int i = first; i < end; ++i) to[i] += weight * from[i + right - window->padding];
            else
                for (int i = first; i < end; ++i) to[i] += weight * from[i * window->stride + right - window->padding];
        }
    }
}

static void scale_plane(float* plane, int pixels, float factor, float bias) {
    for (int i = 0; i < pixels; ++i) plane[i] = plane[i] * factor + bias;
}
