#include "bindings.h"
#include "core/error.h"

namespace inkling::python {
namespace {

/// The exception of inkling.errors that a status stands for.
const char* exception_of(ExitStatus status) {
    switch (status) {
        case ExitStatus::kUsage:
            return "UsageError";
        case ExitStatus::kData:
            return "DataError";
        default:
            return "InklingError";
    }
}

void translate(const std::exception_ptr& thrown, void* /*unused*/) {
    try {
        std::rethrow_exception(thrown);
    } catch (const Error& error) {
        const nb::object type = nb::module_::import_("inkling.errors").attr(exception_of(error.status()));
        PyErr_SetString(type.ptr(), error.what());
    }
}

}  // namespace

void bind_errors(nb::module_& /*module*/) { nb::register_exception_translator(translate); }

}  // namespace inkling::python
