#include <gtest/gtest.h>

#include <algorithm>

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

TEST(Usage, EveryCommandExplainsItselfWithAnExample) {
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
             {"train"}, {"eval"}, {"bench"}, {"data", "info"}, {"data", "show"}, {"data", "fetch"}}) {
        std::vector<std::string> arguments = command;
        arguments.emplace_back("--help");
        const ProgramEnd end = run(arguments);
        EXPECT_EQ(end.status, 0);
        EXPECT_NE(end.output.find("Example"), std::string::npos) << end.output;
    }
}

}  // namespace
}  // namespace inkling
