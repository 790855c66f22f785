#pragma once

#include <cstddef>

#include "kernels/cpu/bfloat16.h"
#include "kernels/precision.h"

namespace inkling::kernels {

/// Where a tensor's values begin, and how they are stored: what kernels take that work on either kind.
struct ConstValues {
    ConstValues() = default;
    ConstValues(const float* values) : data(values) {}
    ConstValues(const Bfloat16* values) : data(values), precision(Precision::kBfloat16) {}

    const void* data = nullptr;
    Precision precision = Precision::kFloat32;
};

/// The same, to write to.
struct Values {
    Values() = default;
    Values(float* values) : data(values) {}
    Values(Bfloat16* values) : data(values), precision(Precision::kBfloat16) {}

    /// Those from the value at `index` on.
    Values from(std::size_t index) const {
        Values values = *this;
        values.data = static_cast<std::byte*>(data) + index * bytes_of(precision);
        return values;
    }

    operator ConstValues() const {
        return precision == Precision::kFloat32 ? ConstValues(static_cast<const float*>(data))
                                                : ConstValues(static_cast<const Bfloat16*>(data));
    }

    void* data = nullptr;
    Precision precision = Precision::kFloat32;
};

/// A typed pointer to values that are known to be stored so.
template <class Value>
const Value* as(const ConstValues& values) {
    return static_cast<const Value*>(values.data);
}
template <class Value>
Value* as(const Values& values) {
    return static_cast<Value*>(values.data);
}

/// Calls body with a value of the type in which numbers of that precision are stored.
template <class Body>
void with_type(Precision precision, Body&& body) {
    if (precision == Precision::kFloat32)
        body(float{});
    else
        body(Bfloat16{});
}

}  // namespace inkling::kernels
