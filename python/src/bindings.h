#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <vector>

#include "core/interrupt.h"

namespace inkling::python {

namespace nb = nanobind;

/// Bytes of images as they come from Python: shape (size, height, width), in C's order.
using ImageArray = nb::ndarray<const std::uint8_t, nb::ndim<3>, nb::c_contig, nb::device::cpu>;

// Each adds what its file binds.
void bind_errors(nb::module_& module);
void bind_data(nb::module_& module);
void bind_recipe(nb::module_& module);
void bind_model(nb::module_& module);
void bind_training(nb::module_& module);

/// An array of NumPy's that owns `values`, of that shape.
template <class T>
nb::ndarray<nb::numpy, T> to_array(std::vector<T> values, std::initializer_list<std::size_t> shape) {
    auto* owned = new std::vector<T>(std::move(values));
    const nb::capsule owner(owned, [](void* pointer) noexcept { delete static_cast<std::vector<T>*>(pointer); });
    return nb::ndarray<nb::numpy, T>(owned->data(), shape, owner);
}

/// Threads to work with on the calling thread while this lives; 0: as many as there are.
class WithThreads {
  public:
    explicit WithThreads(int count);
    ~WithThreads();
    WithThreads(const WithThreads&) = delete;
    WithThreads& operator=(const WithThreads&) = delete;

  private:
    int before_;
};

/// Lets Python handle signals, at most some times a second: call it between steps, without the interpreter's lock.
/// Throws nb::python_error where a handler raised, as Ctrl-C's does.
class SignalWatch {
  public:
    SignalWatch() { take_signals_apart(); }
    void check();

  private:
    double next_ = 0;
};

}  // namespace inkling::python
