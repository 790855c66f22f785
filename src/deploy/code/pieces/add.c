static void add(const float* first, const float* second, float* output, int count) {
    for (int i = 0; i < count; ++i) output[i] = first[i] + second[i];
}
