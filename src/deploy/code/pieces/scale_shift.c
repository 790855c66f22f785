/* Batch norm that stands behind no layer that could take it in; numbers (2, channels). */
static void scale_shift(const float* input, float* output, const float* numbers, int channels, int pixels) {
    for (int i = 0; i < channels * pixels; ++i)
        output[i] = input[i] * numbers[i / pixels] + numbers[channels + i / pixels];
}
