#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "cli/command_line.h"
#include "cli/failure.h"
#include "core/error.h"

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
        // Where standard error is closed or full, there is nobody to tell.
        if (!failure.message.empty())
            std::fputs(fmt::format("inkling: {}\n", one_line(failure.message)).c_str(), stderr);
        return static_cast<int>(failure.status);
    }
}

}  // namespace inkling::cli
