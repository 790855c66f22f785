static void apply_leaky_relu(const float* input, float* output, int count, float alpha) {
    for (int i = 0; i < count; ++i) {
        const float x = input[i];
        output[i] = x > 0 ? x : alpha * x;
    }
}
