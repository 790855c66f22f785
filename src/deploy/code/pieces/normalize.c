/* What the network learned to read, of bytes from 0 to 255. */
static void normalize(const uint8_t* image, float* output, int count, float mean, float deviation) {
    for (int i = 0; i < count; ++i) output[i] = ((float)image[i] / 255.0f - mean) / deviation;
}
