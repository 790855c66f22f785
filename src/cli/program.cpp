#include <fmt/format.h>

#include <csignal>
#include <exception>

#include "cli/command_line.h"
#include "cli/failure.h"

namespace inkling::cli {

int run_program(int argc, char** argv) {
    // A limit on file sizes is then an error of the write, as a full disk is, and not the end of the process.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        run_command_line(argc, argv);
        return 0;
    } catch (...) {
        const Failure failure = failure_of(std::current_exception());
        if (!failure.message.empty()) fmt::print(stderr, "inkling: {}\n", failure.message);
        return static_cast<int>(failure.status);
    }
}

}  // namespace inkling::cli
