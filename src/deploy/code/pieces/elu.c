#include "power_of_e.c"

static void apply_elu(const float* input, float* output, int count, float alpha) {
    for (int i = 0; i < count; ++i) {
        const float x = input[i];
        output[i] = x > 0 ? x : (float)(alpha * (power_of_e(x) - 1));
    }
}
