#include <fmt/format.h>

#include <csignal>
#include <exception>

#include "cli/commands.h"
#include "core/error.h"
#include "core/nearest_name.h"

using namespace inkling;

namespace {

int report(ExitStatus status, const char* message) {
    fmt::print(stderr, "inkling: {}\n", message);
    return static_cast<int>(status);
}

/// What is wrong with the command line; an unknown command gets the nearest known one.
std::string usage_message(const CLI::App& app, const CLI::ParseError& error) {
    const CLI::App* command = &app;
    std::string name = app.get_name();
    while (!command->get_subcommands().empty()) {
        command = command->get_subcommands().front();
        name += " " + command->get_name();
    }
    const std::vector<std::string> unknown = command->remaining();
    std::vector<std::string> known;
    for (const CLI::App* subcommand : command->get_subcommands({})) known.push_back(subcommand->get_name());
    if (known.empty() || unknown.empty() || unknown.front().starts_with('-'))
        return fmt::format("{}; see '{} --help'", error.what(), name);
    const std::string nearest = nearest_name(unknown.front(), known);
    return fmt::format("no command '{} {}'{}; '{} --help' lists all", name, unknown.front(),
                       nearest.empty() ? "" : fmt::format(", did you mean '{}'", nearest), name);
}

}  // namespace

int main(int argc, char** argv) {
    // A limit on file sizes is then an error of the write, as a full disk is, and not the end of the process.
    std::signal(SIGXFSZ, SIG_IGN);
    CLI::App app("Trains, tests and compares neural networks that read handwritten characters.", "inkling");
    app.set_version_flag("--version", "inkling " INKLING_VERSION);
    app.require_subcommand(1);
    app.footer("'inkling COMMAND --help' explains a command and shows an example.");
    cli::add_data_command(app);
    cli::add_train_command(app);
    cli::add_eval_command(app);
    cli::add_report_command(app);
    cli::add_study_command(app);
    cli::add_bench_command(app);
    try {
        app.parse(argc, argv);
        return 0;
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
        return report(ExitStatus::kUsage, usage_message(app, error).c_str());
    } catch (const Error& error) {
        return report(error.status(), error.what());
    } catch (const std::bad_alloc&) {
        return report(ExitStatus::kFailed, "not enough memory; take a smaller network or batch");
    } catch (const std::exception& error) {
        return report(ExitStatus::kFailed, error.what());
    }
}
