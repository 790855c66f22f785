#include "cli/failure.h"

#include <fmt/format.h>

#include <cstdio>
#include <new>
#include <system_error>

#include "core/printable.h"

namespace inkling::cli {

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
    // Names of files, which messages have, may hold what moves a cursor. fmt::print would throw.
    std::fputs(fmt::format("inkling: {}\n", escaped(message)).c_str(), stderr);
}

}  // namespace inkling::cli
