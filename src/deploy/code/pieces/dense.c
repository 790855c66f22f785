/* output (outputs) = factors * (weights (outputs, inputs) times input (inputs)) + biases; numbers: both, (2, outputs). */
static void dense(const float* input, float* output, const Weight* weights, const float* numbers, int inputs,
                  int outputs) {
    for (int o = 0; o < outputs; ++o) {
        float sums[8] = {0};
        int i = 0;
        for (; i + 8 <= inputs; i += 8)
            for (int k = 0; k < 8; ++k) sums[k] += weight_value(weights[i + k]) * input[i + k];
        for (; i < inputs; ++i) sums[0] += weight_value(weights[i]) * input[i];
        float sum = 0;
        for (int k = 0; k < 8; ++k) sum += sums[k];
        output[o] = sum * numbers[o] + numbers[outputs + o];
        weights += inputs;
    }
}
