#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <chrono>

#include "bindings.h"
#include "cli/command_line.h"
#include "core/error.h"
#include "core/processors.h"
#include "core/threads.h"
#include "nn/processor.h"

namespace inkling::python {

WithThreads::WithThreads(int count) : before_(thread_count()) {
    constexpr int kMost = 1024;
    if (count < 0 || count > kMost) throw wrong_usage("threads is {}, expected 1 to {}", count, kMost);
    set_thread_count(count > 0 ? count : default_thread_count());
}

WithThreads::~WithThreads() { set_thread_count(before_); }

void SignalWatch::check() {
    constexpr double kBetween = 0.05;  // seconds
    const double now = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    if (now < next_) return;
    next_ = now + kBetween;
    const nb::gil_scoped_acquire held;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

namespace {

/// The program, with `arguments` behind its name; returns its exit status.
int run_main(std::vector<std::string> arguments) {
    std::vector<char*> pointers;
    pointers.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    return cli::run_program(static_cast<int>(arguments.size()), pointers.data());
}

}  // namespace
}  // namespace inkling::python

NB_MODULE(_inkling, module) {
    using namespace inkling;
    namespace nb = nanobind;
    python::bind_errors(module);
    python::bind_data(module);
    python::bind_recipe(module);
    python::bind_model(module);
    python::bind_training(module);
    module.attr("version") = INKLING_VERSION;
    module.def("instruction_set", [] { return instruction_set_name(instruction_set()); });
    module.def("run_program", &python::run_main, nb::call_guard<nb::gil_scoped_release>());
}
