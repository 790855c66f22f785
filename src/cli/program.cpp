#include <fmt/format.h>

#include <csignal>
#include <exception>
#include <new>
#include <system_error>

#include "cli/command_line.h"
#include "core/error.h"

namespace inkling::cli {
namespace {

int report(ExitStatus status, const char* message) {
    fmt::print(stderr, "inkling: {}\n", message);
    return static_cast<int>(status);
}

}  // namespace

int run_program(int argc, char** argv) {
    // A limit on file sizes is then an error of the write, as a full disk is, and not the end of the process.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        run_command_line(argc, argv);
        return 0;
    } catch (const Error& error) {
        return report(error.status(), error.what());
    } catch (const std::bad_alloc&) {
        return report(
            ExitStatus::kFailed,
            "not enough memory; take a smaller network, batch or part of the data, fewer threads, or raise the "
            "process's limit");
    } catch (const std::system_error& error) {
        if (error.code() == std::errc::resource_unavailable_try_again)
            return report(ExitStatus::kFailed,
                          "no thread could be started; take fewer with --threads, or raise the process's limits");
        return report(ExitStatus::kFailed, error.what());
    } catch (const std::exception& error) {
        return report(ExitStatus::kFailed, error.what());
    }
}

}  // namespace inkling::cli
