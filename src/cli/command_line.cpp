#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <span>

#include "cli/commands.h"
#include "cli/set_hint.h"
#include "core/error.h"
#include "core/nearest_name.h"
#include "nn/processor.h"

namespace inkling::cli {
namespace {

/// For the first option that the command does not know and that looks like a key of a recipe, the --set that means it;
/// empty where there is none. `words` are the command line's.
std::string unknown_key_message(const CLI::App& command, std::span<const std::string> words) {
    if (command.get_option_no_throw("--set") == nullptr) return {};
    const std::vector<std::string> unknown = command.remaining();
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (!word.starts_with("--") || std::find(unknown.begin(), unknown.end(), word) == unknown.end()) continue;
        const std::size_t equals = word.find('=');
        std::string value = "VALUE";
        if (equals != std::string::npos)
            value = word.substr(equals + 1);
        else if (i + 1 < words.size() && !words[i + 1].starts_with("--"))
            value = words[i + 1];
        const std::string option = word.substr(0, equals);
        if (const std::string hint = set_hint(option, value); !hint.empty())
            return fmt::format("no option {}; to set this key of the recipe, write {}", option, hint);
    }
    return {};
}

/// What is wrong with the command line; an unknown command gets the nearest known one.
std::string usage_message(const CLI::App& app, const CLI::ParseError& error, std::span<const std::string> words) {
    const CLI::App* command = &app;
    std::string name = app.get_name();
    while (!command->get_subcommands().empty()) {
        command = command->get_subcommands().front();
        name += " " + command->get_name();
    }
    if (std::string message = unknown_key_message(*command, words); !message.empty()) return message;
    const std::vector<std::string> unknown = command->remaining();
    std::vector<std::string> known;
    for (const CLI::App* subcommand : command->get_subcommands({})) known.push_back(subcommand->get_name());
    if (known.empty() || unknown.empty() || unknown.front().starts_with('-'))
        return fmt::format("{}; see '{} --help'", error.what(), name);
    const std::string nearest = nearest_name(unknown.front(), known);
    return fmt::format("no command '{} {}'{}; '{} --help' lists all", name, unknown.front(),
                       nearest.empty() ? "" : fmt::format(", did you mean '{}'", nearest), name);
}

/// An unset variable of a shell is no answer.
const CLI::Validator kText(
    [](const std::string& text) { return text.empty() ? std::string("is empty, expected text") : std::string(); }, "");

template <class Integer>
void add_integer(CLI::App& app, const std::string& name, Integer& value, Integer least, Integer most,
                 const std::string& help) {
    CLI::Option* option = app.add_option(name, value, help)->type_name("N")->check(CLI::Range(least, most));
    if (value >= least) option->capture_default_str();
}

}  // namespace

Command Command::command(const std::string& name, const std::string& summary) const {
    return *app_.add_subcommand(name, summary);
}

void Command::require_command() const { app_.require_subcommand(1); }

Command Command::group(const std::string& name, const std::string& summary) const {
    return *app_.add_option_group(name, summary);
}

void Command::flag(const std::string& name, bool& value, const std::string& help) const {
    app_.add_flag(name, value, help);
}

void Command::text(const std::string& name, std::string& value, const std::string& type,
                   const std::string& help) const {
    app_.add_option(name, value, help)->type_name(type)->check(kText)->capture_default_str();
}

void Command::text(const std::string& name, std::optional<std::string>& value, const std::string& type,
                   const std::string& help) const {
    app_.add_option(name, value, help)->type_name(type);
}

void Command::texts(const std::string& name, std::vector<std::string>& values, const std::string& type,
                    const std::string& help) const {
    CLI::Option* option = app_.add_option(name, values, help)->type_name(type)->check(kText);
    if (!option->get_positional()) option->expected(1)->take_all();
}

void Command::choice(const std::string& name, std::string& value, const std::vector<std::string>& names,
                     const std::string& help) const {
    app_.add_option(name, value, help)->check(CLI::IsMember(names))->capture_default_str();
}

void Command::integer(const std::string& name, int& value, int least, int most, const std::string& help) const {
    add_integer(app_, name, value, least, most, help);
}

void Command::integer(const std::string& name, std::uint64_t& value, std::uint64_t least, std::uint64_t most,
                      const std::string& help) const {
    add_integer(app_, name, value, least, most, help);
}

void Command::number(const std::string& name, double& value, double least, double most, const std::string& type,
                     const std::string& help) const {
    // CLI::Range takes what is not a number.
    const auto in_range = [least, most](const std::string& text) {
        double number = 0;
        const bool fits = CLI::detail::lexical_cast(text, number) && number >= least && number <= most;
        return fits ? std::string() : fmt::format("Value {} not in range [{} - {}]", text, least, most);
    };
    app_.add_option(name, value, help)->type_name(type)->check(in_range)->capture_default_str();
}

void Command::seed(const std::string& name, std::optional<std::int64_t>& value, int bits,
                   const std::string& help) const {
    app_.add_option(name, value, help)->type_name("N")->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << bits));
}

void Command::describe(const std::string& name, const std::string& help) const {
    app_.get_option(name)->description(help);
}

void Command::require(const std::string& name) const { app_.get_option(name)->required(); }

void Command::exclude(const std::string& name, const std::string& other) const {
    app_.get_option(name)->excludes(app_.get_option(other));
}

bool Command::given(const std::string& name) const { return app_.count(name) > 0; }

void Command::footer(const std::string& text) const { app_.footer(text); }

void Command::action(const std::function<void()>& run) const { app_.callback(run); }

void run_command_line(int argc, char** argv) {
    CLI::App app("Trains, tests and compares neural networks that read handwritten characters.", "inkling");
    app.set_version_flag("--version", [] {
        return fmt::format("inkling {} ({}, oneDNN {})", INKLING_VERSION, instruction_set_name(instruction_set()),
                           onednn_version());
    });
    app.require_subcommand(1);
    app.footer("'inkling COMMAND --help' explains a command and shows an example.");
    add_data_command(app);
    add_train_command(app);
    add_eval_command(app);
    add_predict_command(app);
    add_audit_command(app);
    add_report_command(app);
    add_study_command(app);
    add_export_command(app);
    add_import_command(app);
    add_serve_command(app);
    add_bench_command(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0) {
            const std::vector<std::string> words(argv, argv + argc);
            throw Error(ExitStatus::kUsage, usage_message(app, error, words));
        }
        app.exit(error);  // --help, --version
    }
}

}  // namespace inkling::cli
