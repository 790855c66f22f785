typedef unsigned short Weight;

/* IEEE 754's binary16: a sign, 5 bits of exponent, 10 of fraction; no weight is infinite. */
static float weight_value(Weight weight) {
    const int exponent = (weight >> 10) & 31;
    const int fraction = exponent > 0 ? 1024 + (weight & 1023) : weight & 1023;
    const unsigned scale = 1u << (exponent > 0 ? exponent - 1 : 0);
    const float value = (float)fraction * (float)scale / 16777216.0f;
    return (weight & 32768) != 0 ? -value : value;
}
