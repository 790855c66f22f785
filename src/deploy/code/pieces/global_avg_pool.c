/* Each channel's mean, (channels), of input (channels, pixels). */
static void global_avg_pool(const float* input, float* output, int channels, int pixels) {
    for (int c = 0; c < channels; ++c, input += pixels) {
        float sum = 0;
        for (int i = 0; i < pixels; ++i) sum += input[i];
        output[c] = sum / (float)pixels;
    }
}
