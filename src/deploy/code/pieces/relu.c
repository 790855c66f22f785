static void apply_relu(const float* input, float* output, int count) {
    for (int i = 0; i < count; ++i) {
        const float x = input[i];
        output[i] = x > 0 ? x : 0;
    }
}
