#include "power_of_e.c"

/* log(1 + e^x), as the larger of x and 0, and log(1 + power) of what is at most 1: 2 atanh(power / (2 + power)) */
static void apply_softplus(const float* input, float* output, int count) {
    for (int i = 0; i < count; ++i) {
        const float x = input[i];
        const double power = power_of_e(x > 0 ? -x : x);
        const double ratio = power / (2 + power);
        double series = 0;
        for (int term = 21; term > 0; term -= 2) series = series * ratio * ratio + 1.0 / term;
        output[i] = (float)((x > 0 ? x : 0) + 2 * ratio * series);
    }
}
