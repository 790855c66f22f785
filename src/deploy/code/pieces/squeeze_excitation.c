#include "global_avg_pool.c"
#include "dense.c"
#include "relu.c"
#include "sigmoid.c"

/* Each channel of (channels, pixels) times a gate from 0 to 1, which two dense layers make of all channels' means. */
static void squeeze_excitation(const float* input, float* output, float* means, float* hidden, const Weight* weights,
                               const float* numbers, int channels, int pixels, int squeezed) {
    global_avg_pool(input, means, channels, pixels);
    dense(means, hidden, weights, numbers, channels, squeezed);
    apply_relu(hidden, hidden, squeezed);
    dense(hidden, means, weights + channels * squeezed, numbers + 2 * squeezed, squeezed, channels);
    apply_sigmoid(means, means, channels);
    for (int i = 0; i < channels * pixels; ++i) output[i] = input[i] * means[i / pixels];
}
