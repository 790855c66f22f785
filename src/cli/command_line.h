#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): as the library has it
class App;
}

namespace inkling::cli {

/// A command and its options: what subcommands use of CLI11, whose headers take seconds to compile and are therefore
/// read in few files. Values must live until the command has run; the default of one is what it holds, and is shown by
/// --help unless it is empty or out of range. A name without dashes is a positional argument.
class Command {
  public:
    Command(CLI::App& app) : app_(app) {}  // NOLINT(google-explicit-constructor): the same thing

    /// A new command within this one.
    Command command(const std::string& name, const std::string& summary) const;
    /// The command line must name one of those within this one.
    void require_command() const;
    /// Options that --help shows under a title of their own.
    Command group(const std::string& name, const std::string& summary) const;

    void flag(const std::string& name, bool& value, const std::string& help) const;
    void text(const std::string& name, std::string& value, const std::string& type, const std::string& help) const;
    /// With no default.
    void text(const std::string& name, std::optional<std::string>& value, const std::string& type,
              const std::string& help) const;
    /// Positional: one or more. With dashes: repeatable.
    void texts(const std::string& name, std::vector<std::string>& values, const std::string& type,
               const std::string& help) const;
    /// One of `names`.
    void choice(const std::string& name, std::string& value, const std::vector<std::string>& names,
                const std::string& help) const;
    // Numbers from `least` to `most`.
    void integer(const std::string& name, int& value, int least, int most, const std::string& help) const;
    void integer(const std::string& name, std::uint64_t& value, std::uint64_t least, std::uint64_t most,
                 const std::string& help) const;
    void number(const std::string& name, double& value, double least, double most, const std::string& type,
                const std::string& help) const;
    /// A seed below 2^`bits`, with no default.
    void seed(const std::string& name, std::optional<std::int64_t>& value, int bits, const std::string& help) const;

    /// Says something else of an option than the command that shares it with others does.
    void describe(const std::string& name, const std::string& help) const;
    void require(const std::string& name) const;
    void exclude(const std::string& name, const std::string& other) const;
    /// Whether the command line has the option.
    bool given(const std::string& name) const;

    /// What --help ends with.
    void footer(const std::string& text) const;
    /// What the command does when the command line names it.
    void action(const std::function<void()>& run) const;

  private:
    CLI::App& app_;
};

/// Reads a command line and runs what it names. Wrong usage is an error that names the nearest known command, or the
/// --set that does what an unknown option seems to mean.
void run_command_line(int argc, char** argv);

/// The whole program: runs a command line, says in one line what goes wrong, and returns the exit status.
int run_program(int argc, char** argv);

}  // namespace inkling::cli
