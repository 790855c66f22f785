#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/json_file.h"
#include "program.h"
#include "temporary_folder.h"
#include "toy_data.h"

namespace inkling {

/// A folder with the split "toy", the recipe toy.toml and the run "a" that the program trained by it.
class TrainedRuns : public testing::Test {
  protected:
    void SetUp() override {
        write_toy_split(folder_.path(), 200, 100);
        write_file(folder_ / "toy.toml", kToyRecipe);
        train("a", "1");
    }

    ProgramEnd run(const std::vector<std::string>& arguments) const { return run_program(folder_.path(), arguments); }

    void train(const std::string& name, const std::string& seed, const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments = {"train", "toy.toml", "--data", ".",      "--split",
                                              "toy",   "--out",    name,     "--seed", seed};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const ProgramEnd end = run(arguments);
        ASSERT_EQ(end.status, 0) << end.output;
    }

    nlohmann::json json(const std::string& path) const { return read_json(folder_ / path); }

    TemporaryFolder folder_;
};

}  // namespace inkling
