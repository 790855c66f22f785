#include "power_of_e.c"

static void apply_selu(const float* input, float* output, int count) {
    for (int i = 0; i < count; ++i) {
        const float x = input[i];
        output[i] = (float)(1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (power_of_e(x) - 1)));
    }
}
