#include "power_of_e.c"

/* x times how probable a normal number below x is; to 1.2e-7 of it, W. Press et al., "Numerical Recipes", 2nd edition,
   section 6.2. */
static void apply_gelu(const float* input, float* output, int count) {
    static const double terms[10] = {-1.26551223, 1.00002368, 0.37409196,  0.09678418, -0.18628806,
                                     0.27886807,  -1.13520398, 1.48851587, -0.82215223, 0.17087277};
    for (int i = 0; i < count; ++i) {
        const double x = input[i];
        const double z = (x < 0 ? -x : x) * 0.70710678118654752;
        const double t = 1 / (1 + z / 2);
        double exponent = 0;
        for (int term = 9; term >= 0; --term) exponent = exponent * t + terms[term];
        const double tail = t * power_of_e(exponent - z * z) / 2;
        output[i] = (float)(x * (x < 0 ? tail : 1 - tail));
    }
}
