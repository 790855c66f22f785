typedef float Weight;

static float weight_value(Weight weight) {
    return weight;
}
