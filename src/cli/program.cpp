#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "cli/command_line.h"
#include "cli/failure.h"
#include "core/error.h"

namespace inkling::cli {

int run_program(int argc, char** argv) {
    // A limit on file sizes is then an error of the write, as a full disk is, and not the end of the process.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        run_command_line(argc, argv);
        // What was printed last may still be on its way to a full disk.
        if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
            throw failed("what was printed is not whole: standard output cannot be written");
        return 0;
    } catch (...) {
        const Failure failure = failure_of(std::current_exception());
        if (!failure.message.empty()) say(failure.message);
        return static_cast<int>(failure.status);
    }
}

}  // namespace inkling::cli
