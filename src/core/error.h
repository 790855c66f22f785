#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace inkling {

/// How a program ends; the values are the process's exit status.
enum class ExitStatus { kDone = 0, kFailed = 1, kUsage = 2, kData = 3, kInterrupted = 130 };

/// What a person is told when something goes wrong: one line that says what, where, what was expected and what to do.
class Error : public std::runtime_error {
  public:
    Error(ExitStatus status, const std::string& message) : std::runtime_error(message), status_(status) {}
    ExitStatus status() const { return status_; }

  private:
    ExitStatus status_;
};

/// The work itself failed: a full disk, a loss that is not finite, a library that refused.
template <class... Args>
Error failed(fmt::format_string<Args...> format, Args&&... args) {
    return {ExitStatus::kFailed, fmt::format(format, std::forward<Args>(args)...)};
}

/// Wrong usage or a wrong recipe.
template <class... Args>
Error wrong_usage(fmt::format_string<Args...> format, Args&&... args) {
    return {ExitStatus::kUsage, fmt::format(format, std::forward<Args>(args)...)};
}

/// Bad or missing data.
template <class... Args>
Error bad_data(fmt::format_string<Args...> format, Args&&... args) {
    return {ExitStatus::kData, fmt::format(format, std::forward<Args>(args)...)};
}

}  // namespace inkling
