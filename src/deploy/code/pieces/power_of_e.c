/* e^x to 1e-10 of it, for x from -87 to 87: e^(x / 256) by its series, squared eight times. No library is needed. */
static double power_of_e(double x) {
    if (x < -87) x = -87;
    if (x > 87) x = 87;
    double power = 1;
    for (int term = 10; term > 0; --term) power = 1 + x / 256 / term * power;
    for (int i = 0; i < 8; ++i) power *= power;
    return power;
}
