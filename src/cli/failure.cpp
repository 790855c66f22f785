#include "cli/failure.h"

#include <fmt/format.h>

#include <cstdio>
#include <new>
#include <system_error>

namespace inkling::cli {
namespace {

/// Names of files, which messages have, may hold what moves a terminal's cursor.
std::string one_line(const std::string& message) {
    std::string line;
    for (const char c : message) {
        const bool is_control = static_cast<unsigned char>(c) < ' ' || c == '\x7f';
        line += is_control ? fmt::format("\\x{:02x}", static_cast<unsigned char>(c)) : std::string(1, c);
    }
    return line;
}

}  // namespace

Failure failure_of(const std::exception_ptr& exception) {
    try {
        std::rethrow_exception(exception);
    } catch (const Error& error) {
        return {error.status(), error.what()};
    } catch (const std::bad_alloc&) {
        return {ExitStatus::kFailed,
                "not enough memory; take a smaller network, batch or part of the data, fewer threads, or raise the "
                "process's limit"};
    } catch (const std::system_error& error) {
        if (error.code() == std::errc::resource_unavailable_try_again)
            return {ExitStatus::kFailed,
                    "no thread could be started; take fewer with --threads, or raise the process's limits"};
        return {ExitStatus::kFailed, error.what()};
    } catch (const std::exception& error) {
        return {ExitStatus::kFailed, error.what()};
    }
}

void say(const std::string& message) {
    // fmt::print would throw.
    std::fputs(fmt::format("inkling: {}\n", one_line(message)).c_str(), stderr);
}

}  // namespace inkling::cli
