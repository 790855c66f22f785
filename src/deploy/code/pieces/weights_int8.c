typedef signed char Weight;

static float weight_value(Weight weight) {
    return (float)weight;
}
