#include "power_of_e.c"

/* x * tanh(log(1 + e^x)) */
static void apply_mish(const float* input, float* output, int count) {
    for (int i = 0; i < count; ++i) {
        const float x = input[i];
        const double power = power_of_e(x);
        const double square = power * (power + 2);
        output[i] = (float)(x * square / (square + 2));
    }
}
