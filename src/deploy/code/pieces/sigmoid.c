#include "power_of_e.c"

static void apply_sigmoid(const float* input, float* output, int count) {
    for (int i = 0; i < count; ++i) {
        const float x = input[i];
        output[i] = (float)(1 / (1 + power_of_e(-x)));
    }
}
