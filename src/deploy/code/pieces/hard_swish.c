static void apply_hard_swish(const float* input, float* output, int count) {
    for (int i = 0; i < count; ++i) {
        const float x = input[i];
        const float ramp = x + 3 < 0 ? 0 : x + 3 > 6 ? 6 : x + 3;
        output[i] = x * ramp / 6;
    }
}
