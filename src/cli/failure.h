#pragma once

#include <exception>
#include <string>

#include "core/error.h"

namespace inkling::cli {

/// How the program ends for an exception, and the line that it says. Without a message, another process says it.
struct Failure {
    ExitStatus status = ExitStatus::kFailed;
    std::string message;
};

Failure failure_of(const std::exception_ptr& exception);

/// Prints a message as one line on standard error, whatever it holds; where that is closed or full, nobody is told.
void say(const std::string& message);

}  // namespace inkling::cli
