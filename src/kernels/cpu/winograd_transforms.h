#pragma once

#include <array>
#include <type_traits>

// Winograd's correlation in one dimension: m outputs of a kernel of three from m + 2 multiplications (A. Lavin and
// S. Gray, "Fast algorithms for convolutional neural networks", 2015). Input and kernel are polynomials that are
// evaluated at points, multiplied there, and interpolated.
//
// All tile sizes here take their points from the same six and differ from the textbook only in where a point's constant
// factor goes: what a smaller tile needs of it is part of that tile's input transform. So transformed weights serve
// tiles of 4, 3 and 2 outputs alike, and an image is cut into tiles that fit.

namespace inkling::kernels::winograd {

/// 0, +-kNear, +-kFar and infinity, in this order. Those of the textbook, 0, +-1, +-2, lose twice as many digits; why,
/// B. Barabasz et al. say, "Error analysis and improving the accuracy of Winograd convolution for deep neural
/// networks", 2020.
inline constexpr int kPoints = 6;
inline constexpr double kNear = 0.625;
inline constexpr double kFar = 1.5;
inline constexpr double kNearSquared = kNear * kNear;
inline constexpr double kFarSquared = kFar * kFar;

/// What a constant must be to be multiplied with a T: vectors of floats take floats.
template <class T>
using Constant = std::conditional_t<std::is_same_v<T, double>, double, float>;

/// The transforms of a tile of kTile outputs. Transformed values come in the order of kPointsOf<kTile>.
template <int kTile>
struct Tile;

template <>
struct Tile<4> {
    static constexpr std::array kPointsOf{0, 1, 2, 3, 4, 5};

    template <class T>
    static void transform_input(const T (&d)[6], T (&v)[6]) {
        using C = Constant<T>;
        constexpr C kSum = kNearSquared + kFarSquared, kProduct = kNearSquared * kFarSquared;
        const T near_even = d[4] - C(kFarSquared) * d[2], near_odd = d[3] - C(kFarSquared) * d[1];
        const T far_even = d[4] - C(kNearSquared) * d[2], far_odd = d[3] - C(kNearSquared) * d[1];
        v[0] = kProduct * d[0] + (d[4] - kSum * d[2]);
        v[1] = near_even + C(kNear) * near_odd;
        v[2] = near_even - C(kNear) * near_odd;
        v[3] = far_even + C(kFar) * far_odd;
        v[4] = far_even - C(kFar) * far_odd;
        v[5] = kProduct * d[1] + (d[5] - kSum * d[3]);
    }

    template <class T>
    static void transform_output(const T (&m)[6], T (&y)[4]) {
        using C = Constant<T>;
        const T near_even = m[1] + m[2], near_odd = m[1] - m[2];
        const T far_even = m[3] + m[4], far_odd = m[3] - m[4];
        y[0] = m[0] + near_even + far_even;
        y[1] = C(kNear) * near_odd + C(kFar) * far_odd;
        y[2] = C(kNearSquared) * near_even + C(kFarSquared) * far_even;
        y[3] = C(kNear * kNearSquared) * near_odd + (C(kFar * kFarSquared) * far_odd + m[5]);
    }

    /// The transpose of transform_output().
    template <class T>
    static void transform_output_gradient(const T (&y)[4], T (&z)[6]) {
        using C = Constant<T>;
        const T near_even = y[0] + C(kNearSquared) * y[2], near_odd = y[1] + C(kNearSquared) * y[3];
        const T far_even = y[0] + C(kFarSquared) * y[2], far_odd = y[1] + C(kFarSquared) * y[3];
        z[0] = y[0];
        z[1] = near_even + C(kNear) * near_odd;
        z[2] = near_even - C(kNear) * near_odd;
        z[3] = far_even + C(kFar) * far_odd;
        z[4] = far_even - C(kFar) * far_odd;
        z[5] = y[3];
    }
};

/// Without point 0.
template <>
struct Tile<3> {
    static constexpr std::array kPointsOf{1, 2, 3, 4, 5};

    template <class T>
    static void transform_input(const T (&d)[5], T (&v)[5]) {
        using C = Constant<T>;
        constexpr C kSum = kNearSquared + kFarSquared, kProduct = kNearSquared * kFarSquared;
        const T near_even = C(kNearSquared) * d[2] - kProduct * d[0], near_odd = d[3] - C(kFarSquared) * d[1];
        const T far_even = C(kFarSquared) * d[2] - kProduct * d[0], far_odd = d[3] - C(kNearSquared) * d[1];
        // Times the point, which is its difference from the point that is left out.
        v[0] = near_even + C(kNear) * near_odd;
        v[1] = near_even - C(kNear) * near_odd;
        v[2] = far_even + C(kFar) * far_odd;
        v[3] = far_even - C(kFar) * far_odd;
        v[4] = kProduct * d[0] + (d[4] - kSum * d[2]);
    }

    template <class T>
    static void transform_output(const T (&m)[5], T (&y)[3]) {
        using C = Constant<T>;
        const T near_even = m[0] + m[1], near_odd = m[0] - m[1];
        const T far_even = m[2] + m[3], far_odd = m[2] - m[3];
        y[0] = near_even + far_even;
        y[1] = C(kNear) * near_odd + C(kFar) * far_odd;
        y[2] = C(kNearSquared) * near_even + (C(kFarSquared) * far_even + m[4]);
    }

    template <class T>
    static void transform_output_gradient(const T (&y)[3], T (&z)[5]) {
        using C = Constant<T>;
        const T near_even = y[0] + C(kNearSquared) * y[2], far_even = y[0] + C(kFarSquared) * y[2];
        z[0] = near_even + C(kNear) * y[1];
        z[1] = near_even - C(kNear) * y[1];
        z[2] = far_even + C(kFar) * y[1];
        z[3] = far_even - C(kFar) * y[1];
        z[4] = y[2];
    }
};

/// Without points +-kFar.
template <>
struct Tile<2> {
    static constexpr std::array kPointsOf{0, 1, 2, 5};

    template <class T>
    static void transform_input(const T (&d)[4], T (&v)[4]) {
        using C = Constant<T>;
        // The products of the point's differences from those that are left out.
        constexpr C kZero = kFarSquared, kBoth = kNearSquared - kFarSquared;
        const T even = kBoth * d[2], odd = C(kBoth * kNear) * d[1];
        v[0] = C(kZero * kNearSquared) * d[0] - kZero * d[2];
        v[1] = even + odd;
        v[2] = even - odd;
        v[3] = d[3] - C(kNearSquared) * d[1];
    }

    template <class T>
    static void transform_output(const T (&m)[4], T (&y)[2]) {
        y[0] = m[0] + (m[1] + m[2]);
        y[1] = Constant<T>(kNear) * (m[1] - m[2]) + m[3];
    }

    template <class T>
    static void transform_output_gradient(const T (&y)[2], T (&z)[4]) {
        using C = Constant<T>;
        z[0] = y[0];
        z[1] = y[0] + C(kNear) * y[1];
        z[2] = y[0] - C(kNear) * y[1];
        z[3] = y[1];
    }
};

namespace factors {
inline constexpr double kOfZero = 1 / (kNearSquared * kFarSquared);
inline constexpr double kOfNear = 1 / (2 * kNearSquared * (kNearSquared - kFarSquared));
inline constexpr double kOfFar = 1 / (2 * kFarSquared * (kFarSquared - kNearSquared));
}  // namespace factors

/// A kernel at all points.
template <class T>
void transform_kernel(const T (&g)[3], T (&u)[kPoints]) {
    using C = Constant<T>;
    const T near_even = C(factors::kOfNear) * g[0] + C(factors::kOfNear * kNearSquared) * g[2];
    const T far_even = C(factors::kOfFar) * g[0] + C(factors::kOfFar * kFarSquared) * g[2];
    u[0] = C(factors::kOfZero) * g[0];
    u[1] = near_even + C(factors::kOfNear * kNear) * g[1];
    u[2] = near_even - C(factors::kOfNear * kNear) * g[1];
    u[3] = far_even + C(factors::kOfFar * kFar) * g[1];
    u[4] = far_even - C(factors::kOfFar * kFar) * g[1];
    u[5] = g[2];
}

/// The transpose of transform_kernel(): from the gradient by the transformed kernel to that by the kernel.
template <class T>
void transform_kernel_gradient(const T (&u)[kPoints], T (&g)[3]) {
    using C = Constant<T>;
    const T near_even = u[1] + u[2], far_even = u[3] + u[4];
    g[0] = C(factors::kOfZero) * u[0] + C(factors::kOfNear) * near_even + C(factors::kOfFar) * far_even;
    g[1] = C(factors::kOfNear * kNear) * (u[1] - u[2]) + C(factors::kOfFar * kFar) * (u[3] - u[4]);
    g[2] = C(factors::kOfNear * kNearSquared) * near_even + C(factors::kOfFar * kFarSquared) * far_even + u[5];
}

}  // namespace inkling::kernels::winograd
