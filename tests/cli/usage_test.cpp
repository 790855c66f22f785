#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "core/files.h"
#include "program.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

ProgramEnd run(const std::vector<std::string>& arguments) {
    const TemporaryFolder folder;
    return run_program(folder.path(), arguments);
}

TEST(Usage, AnUnknownCommandIsRefusedWithTheNearestOne) {
    for (const auto& [arguments, meant] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"trian"}, "train"}, {{"data", "inof"}, "info"}}) {
        const ProgramEnd end = run(arguments);
        EXPECT_EQ(end.status, 2);
        EXPECT_NE(end.output.find("did you mean '" + meant + "'"), std::string::npos) << end.output;
        EXPECT_EQ(std::count(end.output.begin(), end.output.end(), '\n'), 1) << end.output;
    }
}

/// The status of a shell's command with the program as $0.
int shell_status(const std::string& command) {
    const TemporaryFolder folder;
    const int ended =
        std::system(("cd " + folder.path().string() + " && sh -c '" + command + "' " + INKLING_PROGRAM).c_str());
    return WEXITSTATUS(ended);
}

TEST(Usage, WhatCannotBePrintedIsAnError) {
    EXPECT_EQ(shell_status("\"$0\" --help > /dev/full 2> /dev/null"), 1);
    EXPECT_EQ(shell_status("\"$0\" data info --split synthetic > /dev/full 2> /dev/null"), 1);
    EXPECT_EQ(shell_status("\"$0\" --help > /dev/null"), 0);
}

TEST(Usage, TheStatusIsTheSameWhereNobodyHearsTheError) {
    for (const char* where : {"2> /dev/full", "2>&-"}) {
        EXPECT_EQ(shell_status(std::string("\"$0\" nonsense ") + where), 2) << where;
        EXPECT_EQ(shell_status(std::string("\"$0\" eval nowhere ") + where), 3) << where;
    }
}

TEST(Usage, AnErrorIsOneLineWhateverAFileIsCalled) {
    const ProgramEnd end = run({"eval", "a\nb\x1b[2J"});
    EXPECT_EQ(end.status, 3);
    EXPECT_TRUE(end.output.starts_with("inkling: a\\x0ab\\x1b[2J: no run")) << end.output;
}

TEST(Usage, AnEmptyTextIsNoAnswer) {
    for (const char* option : {"--out", "--json", "--init-from"}) {
        const ProgramEnd end = run({"train", "mlp", option, ""});
        EXPECT_EQ(end.status, 2);
        EXPECT_TRUE(end.output.find(std::string(option) + ": is empty, expected text") != std::string::npos)
            << end.output;
    }
    EXPECT_EQ(run({"eval", ""}).status, 2);
}

TEST(Usage, WhatIsNoNumberIsInNoRange) {
    for (const char* value : {"nan", "-nan", "inf", "1e-3x", ""}) {
        const ProgramEnd end = run({"train", "mlp", "--checkpoint-every", value});
        EXPECT_EQ(end.status, 2) << value;
        EXPECT_TRUE(end.output.find("--checkpoint-every") != std::string::npos) << end.output;
    }
}

TEST(Usage, AnUnknownOptionThatIsAKeyOfARecipeIsAnsweredWithItsSet) {
    const std::string dropout =
        "--set network.dropout=0.5 or --set network.conv_dropout=0.5 or --set network.dense_dropout=0.5";
    for (const auto& [arguments, answer] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"train", "cnn", "--dropout", "0.5"},
              "no option --dropout; to set this key of the recipe, write " + dropout},
             {{"train", "cnn", "--dropout=0.5"}, "write " + dropout},
             {{"train", "--weight-decay", "1e-4", "cnn"}, "write --set optimizer.weight_decay=1e-4"},
             {{"train", "cnn", "--quiet", "--label-smoothing", "--no-test"}, "--set training.label_smoothing=VALUE"},
             {{"train", "cnn", "--optimizer", "lion"}, "write --set optimizer.kind=lion"},
             {{"train", "cnn", "--kind", "sgd"},
              "write --set optimizer.kind=sgd or --set schedule.kind=sgd or --set averaging.kind=sgd"},
             {{"train", "cnn", "--nonsense", "--hidden", "[64,32]"},
              "--hidden; to set this key of the recipe, write "
              "--set network.hidden=[64,32]"},
             {{"bench", "--recipe", "cnn", "--epochs", "8"}, "write --set training.epochs=8"}}) {
        const ProgramEnd end = run(arguments);
        EXPECT_EQ(end.status, 2);
        EXPECT_TRUE(end.output.ends_with(answer + "\n")) << end.output;
    }
    // Without a key, or in a command without --set.
    EXPECT_TRUE(run({"train", "cnn", "--nonsense", "1"}).output.ends_with("see 'inkling train --help'\n"));
    EXPECT_TRUE(run({"eval", "run", "--dropout", "1"}).output.ends_with("see 'inkling eval --help'\n"));
    EXPECT_TRUE(run({"train", "cnn", "--", "1"}).output.ends_with("see 'inkling train --help'\n"));
}

TEST(Usage, AnUnknownRecipeIsRefusedWithThoseOfItsKind) {
    const auto names = [](const std::string& command) {
        const TemporaryFolder folder;
        std::filesystem::create_directory(folder / "recipes");
        write_file(folder / "recipes" / "my-network.toml", "[network]\nfamily = \"mlp\"\n");
        write_file(folder / "recipes" / "my-study.toml", "[families.mlp]\nbaseline = \"my-network.toml\"\n");
        write_file(folder / "recipes" / "broken.toml", "[network\n");
        const ProgramEnd end = run_program(folder.path(), {command, "no-such-recipe"});
        EXPECT_EQ(end.status, 2);
        return end.output.substr(end.output.find("names: ") + 7);
    };
    const auto holds = [](const std::string& text, const std::string& part) {
        return text.find(part) != std::string::npos;
    };
    const std::string trained = names("train");
    EXPECT_TRUE(holds(trained, "my-network"));
    EXPECT_FALSE(holds(trained, "study"));
    EXPECT_FALSE(holds(trained, "broken"));
    EXPECT_EQ(names("study"), "my-study, study\n");
}

TEST(Usage, TheVersionNamesTheInstructionSetThatComputes) {
    const auto version = [](const char* wanted) {
        if (wanted != nullptr) ::setenv("INKLING_ISA", wanted, 1);
        const ProgramEnd end = run({"--version"});
        ::unsetenv("INKLING_ISA");
        return end;
    };
    const ProgramEnd chosen = version(nullptr);
    EXPECT_EQ(chosen.status, 0);
    EXPECT_EQ(chosen.output.find("inkling "), 0u);
    EXPECT_NE(chosen.output.find("(x86-64-v"), std::string::npos) << chosen.output;
    EXPECT_NE(version("v3").output.find("(x86-64-v3, oneDNN "), std::string::npos);
    const ProgramEnd wrong = version("avx2");
    EXPECT_EQ(wrong.status, 2);
    EXPECT_EQ(wrong.output,
              "inkling: INKLING_ISA is 'avx2', expected v3 (AVX2) or v4 (AVX-512), or unset for the larger one here\n");
}

TEST(Usage, EveryCommandExplainsItselfWithAnExample) {
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
             {"train"}, {"eval"}, {"audit"}, {"bench"}, {"data", "info"}, {"data", "show"}, {"data", "fetch"}}) {
        std::vector<std::string> arguments = command;
        arguments.emplace_back("--help");
        const ProgramEnd end = run(arguments);
        EXPECT_EQ(end.status, 0);
        EXPECT_NE(end.output.find("Example"), std::string::npos) << end.output;
    }
}

}  // namespace
}  // namespace inkling
