#include <gtest/gtest.h>

#include <algorithm>

#include "cli/trained_runs.h"
#include "refusal.h"

namespace inkling {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kTakesAllSpace = true;  // sanitizers map terabytes
#else
constexpr bool kTakesAllSpace = false;
#endif

constexpr const char* kTinyStudy = R"(
name = "tiny"
[budgets.quick]
folds = 2
final_seeds = 1
epochs = { mlp = 1 }
final_epochs = { mlp = 1 }
[families.mlp]
baseline = "toy.toml"
[[techniques]]
name = "activation"
key = "network.activation"
values = ["relu", "tanh"]
)";

/// Commands under limits on their memory, from what the program barely starts with to where all goes well.
class Memory : public TrainedRuns {
  protected:
    void SetUp() override {
        if (kTakesAllSpace) GTEST_SKIP() << "a sanitizer takes more address space than any limit leaves";
        TrainedRuns::SetUp();
        write_file(folder_ / "study.toml", kTinyStudy);
    }

    /// The least memory, in whole steps, that the program starts with.
    rlim_t least() const {
        rlim_t memory = kStep;
        while (run_within(memory, {"--version"}).status != 0) memory += kStep;
        return memory;
    }

    ProgramEnd run_within(rlim_t memory, const std::vector<std::string>& arguments) const {
        return Program(folder_.path(), arguments, 0, memory).wait();
    }

    /// Raises the limit until the command succeeds; until then it must end with one line each time.
    void climb(const std::vector<std::string>& arguments) const {
        for (rlim_t memory = least(); memory < 64 * kStep; memory += kStep) {
            std::filesystem::remove_all(folder_ / "out");
            const ProgramEnd end = run_within(memory, arguments);
            if (end.status == 0) return;
            SCOPED_TRACE(fmt::format("{} within {} MiB: {}", arguments.front(), memory >> 20, end.output));
            EXPECT_EQ(end.status, 1);
            EXPECT_EQ(std::count(end.output.begin(), end.output.end(), '\n'), 1);
            EXPECT_TRUE(end.output.starts_with("inkling: "));
        }
        ADD_FAILURE() << arguments.front() << " never had enough";
    }

    static constexpr rlim_t kStep = rlim_t{8} << 20;
};

TEST_F(Memory, EndsATrainingWithOneLine) {
    climb({"train", "toy.toml", "--data", ".", "--split", "toy", "--out", "out", "--quiet", "--threads", "2"});
    climb({"train", "cnn3", "--data", ".", "--split", "toy", "--out", "out", "--quiet", "--threads", "2", "--set",
           "training.epochs=1"});
}

TEST_F(Memory, EndsAStudyWithOneLine) {
    climb({"study", "study.toml", "--data", ".", "--split", "toy", "--out", "out", "--quiet", "--threads", "2",
           "--offline"});
}

TEST_F(Memory, EndsATestAndAReportWithOneLine) {
    climb({"eval", "a", "--out", "out", "--quiet", "--threads", "2"});
    climb({"report", "a", "--out", "out", "--quiet", "--threads", "2"});
}

TEST_F(Memory, EndsCommandsAboutDataWithOneLine) {
    climb({"data", "info", "--data", ".", "--split", "toy", "--quiet", "--threads", "2"});
    climb({"data", "show", "--data", ".", "--split", "toy", "--out", "out.png", "--quiet", "--threads", "2"});
    climb({"data", "synth", "--train", "2000", "--test", "0", "--out", "out", "--quiet", "--threads", "2"});
}

TEST_F(Memory, EndsAMeasurementWithOneLine) {
    climb({"bench", "--recipe", "toy.toml", "--batch", "32", "--seconds", "0", "--quiet", "--threads", "2"});
}

}  // namespace
}  // namespace inkling
