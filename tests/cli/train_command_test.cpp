#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/hash.h"
#include "program.h"
#include "refusal.h"
#include "soak.h"
#include "temporary_folder.h"
#include "toy_data.h"

namespace inkling {
namespace {

class TrainCommand : public testing::Test {
  protected:
    void SetUp() override {
        write_toy_split(folder_.path(), 400, 100);
        write_file(folder_ / "toy.toml", kToyRecipe);
    }

    ProgramEnd run(const std::vector<std::string>& arguments) const { return run_program(folder_.path(), arguments); }

    /// `inkling train toy.toml` on the toy split with two threads, into `run`, and what else is given.
    static std::vector<std::string> training(const std::string& run, const std::vector<std::string>& more = {}) {
        std::vector<std::string> arguments = {"train", "toy.toml", "--data", ".",         "--split",
                                              "toy",   "--out",    run,      "--threads", "2"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }

    std::string model(const std::string& run) const { return read_text(folder_ / run / "model.safetensors"); }
    std::filesystem::path checkpoint(const std::string& run) const {
        return folder_ / run / "checkpoint" / "state.safetensors";
    }

    TemporaryFolder folder_;
};

TEST_F(TrainCommand, LeavesAWholeRunAndSaysWhatItDid) {
    const ProgramEnd end = run(training("run", {"--json", "result.json"}));
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "toy: 18988 parameters"));
    EXPECT_TRUE(contains(end.output, "dense 24 units"));
    EXPECT_TRUE(contains(end.output, "320 images to learn from, 80 held out for validation, 100 to test"));
    EXPECT_TRUE(contains(end.output, "seed 5, 2 threads"));
    EXPECT_TRUE(contains(end.output, "epoch 3/3: train loss"));
    EXPECT_TRUE(contains(end.output, "; validation loss"));
    EXPECT_TRUE(contains(end.output, "test: loss"));
    EXPECT_TRUE(contains(end.output, "written to run"));
    for (const char* name : {"recipe.toml", "record.json", "history.csv", "model.safetensors", "metrics.json"})
        EXPECT_TRUE(std::filesystem::exists(folder_ / "run" / name)) << name;

    const auto record = nlohmann::json::parse(read_text(folder_ / "run" / "record.json"));
    EXPECT_EQ(record["seed"], 5);
    EXPECT_EQ(record["threads"], 2);
    const std::string images = "emnist-toy-train-images-idx3-ubyte.gz";
    EXPECT_EQ(record["data"]["sha256"][images], sha256(read_file(folder_ / images)));
    EXPECT_FALSE(record["machine"]["processor"].get<std::string>().empty());
    EXPECT_EQ(read_text(folder_ / "result.json"), read_text(folder_ / "run" / "metrics.json"));
    EXPECT_GT(nlohmann::json::parse(read_text(folder_ / "result.json"))["test"]["accuracy"].get<double>(), 0.5);
}

TEST_F(TrainCommand, PrintsNothingWhenQuiet) {
    const ProgramEnd end = run(training("run", {"--quiet"}));
    EXPECT_EQ(end.status, 0);
    EXPECT_EQ(end.output, "");
}

TEST_F(TrainCommand, GivesTheSameBytesForTheSameSeedAndThreads) {
    run(training("first"));
    run(training("second"));
    run(training("other", {"--seed", "6"}));
    EXPECT_EQ(model("first"), model("second"));
    EXPECT_NE(model("first"), model("other"));
}

TEST_F(TrainCommand, IsNotChangedByBeingKilledAtRandomSteps) {
    const int most_kills = soaked(6);
    const int epochs = 7 * most_kills;  // of ten steps each
    const std::vector<std::string> long_training = {"--set", "training.epochs=" + std::to_string(epochs), "--quiet"};
    ASSERT_EQ(run(training("unbroken", long_training)).status, 0);

    std::vector<std::string> arguments = training("killed", long_training);
    arguments.insert(arguments.end(), {"--checkpoint-every", "0"});
    RandomStream random(static_cast<std::uint64_t>(::getpid()), Purpose::kBenchmark);
    int kills = 0;
    while (kills < most_kills) {
        Program program(folder_.path(), arguments);
        if (!program.wait_for_writes(checkpoint("killed"), 1 + static_cast<int>(random.below(40)))) break;
        program.signal(SIGKILL);
        EXPECT_EQ(program.wait().status, 128 + SIGKILL);
        ++kills;
        arguments = {"train", "--resume", "killed", "--quiet", "--checkpoint-every", "0"};
    }
    EXPECT_EQ(kills, most_kills);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "killed" / "model.safetensors"));
    const ProgramEnd end = run({"train", "--resume", "killed"});
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_EQ(model("killed"), model("unbroken"));
}

TEST_F(TrainCommand, SavesAndSaysHowToGoOnWhenInterrupted) {
    const std::vector<std::string> long_training = {"--set", "training.epochs=80"};
    run(training("unbroken", long_training));
    std::vector<std::string> arguments = training("stopped", long_training);
    arguments.insert(arguments.end(), {"--checkpoint-every", "0"});
    Program program(folder_.path(), arguments);
    ASSERT_TRUE(program.wait_for_writes(checkpoint("stopped"), 5));
    program.signal(SIGINT);
    const ProgramEnd end = program.wait();
    EXPECT_EQ(end.status, 130);
    EXPECT_TRUE(contains(end.output, "inkling: stopped and saved; go on with 'inkling train --resume stopped'"));
    EXPECT_EQ(run({"train", "--resume", "stopped"}).status, 0);
    EXPECT_EQ(model("stopped"), model("unbroken"));
}

/// The checkpoint grows once there is a best epoch to keep.
const std::vector<std::string> kGrowing = {"--set", "early_stopping.patience=3"};

TEST_F(TrainCommand, KeepsTheLastGoodCheckpointWhenAFileMayNotGrow) {
    ASSERT_EQ(run(training("unbroken", kGrowing)).status, 0);
    Program program(folder_.path(), training("limited", kGrowing), 280'000);
    const ProgramEnd end = program.wait();
    EXPECT_EQ(end.status, 1) << end.output;
    EXPECT_TRUE(contains(end.output, "limited/checkpoint/state.safetensors: cannot write (File too large)"));
    EXPECT_TRUE(contains(end.output, "the checkpoint before it, if any, stands"));
    const ProgramEnd resumed = run({"train", "--resume", "limited"});
    EXPECT_EQ(resumed.status, 0) << resumed.output;
    EXPECT_EQ(model("limited"), model("unbroken"));
}

TEST_F(TrainCommand, KeepsTheLastGoodCheckpointOnAFullDisk) {
    ASSERT_EQ(run(training("unbroken", kGrowing)).status, 0);
    std::filesystem::create_directory(folder_ / "disk");
    std::string command;
    for (const std::string& argument : training("disk/run", kGrowing)) command += " '" + argument + "'";
    // A disk of our own, in a namespace of our own: it is gone with the shell, so what it held is copied out.
    const std::string script = fmt::format(
        "cd '{0}' && unshare --mount sh -c \"mount -t tmpfs -o size=520k none disk || exit 77; '{1}'{2} >log 2>&1; "
        "status=\\$?; cp -r disk/run kept; exit \\$status\"",
        folder_.path().string(), INKLING_PROGRAM, command);
    const int status = WEXITSTATUS(std::system(script.c_str()));
    if (!std::filesystem::exists(folder_ / "log")) GTEST_SKIP() << "this system does not let a test mount a small disk";
    EXPECT_EQ(status, 1) << read_text(folder_ / "log");
    EXPECT_TRUE(contains(read_text(folder_ / "log"), "No space left on device"));
    const ProgramEnd resumed = run({"train", "--resume", "kept"});
    EXPECT_EQ(resumed.status, 0) << resumed.output;
    EXPECT_EQ(model("kept"), model("unbroken"));
}

TEST_F(TrainCommand, StopsAtALossThatIsNotFinite) {
    const ProgramEnd end =
        run(training("run", {"--set", "optimizer.kind=sgd", "--set", "optimizer.learning_rate=100", "--set",
                             "network.batch_norm=false", "--set", "training.clip_grad_norm=0", "--set",
                             "training.epochs=100", "--set", "regularization.l2=100", "--quiet"}));
    EXPECT_EQ(end.status, 1);
    EXPECT_TRUE(contains(end.output, "with learning rate 100; lower optimizer.learning_rate"));
    EXPECT_TRUE(std::filesystem::exists(checkpoint("run")));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "run" / "model.safetensors"));
}

TEST_F(TrainCommand, DoesNotOverwriteARun) {
    run(training("run"));
    const ProgramEnd again = run(training("run"));
    EXPECT_EQ(again.status, 2);
    EXPECT_TRUE(contains(again.output, "run: holds a finished run; choose another folder with --out"));
    std::filesystem::remove(folder_ / "run" / "metrics.json");
    const ProgramEnd unfinished = run(training("run"));
    EXPECT_EQ(unfinished.status, 2);
    EXPECT_TRUE(contains(unfinished.output, "go on with --resume run"));
}

TEST_F(TrainCommand, RefusesToResumeWhatIsNotThereOrDifferent) {
    const ProgramEnd nothing = run({"train", "--resume", "nowhere"});
    EXPECT_EQ(nothing.status, 3);
    EXPECT_TRUE(contains(nothing.output, "nowhere: no run"));

    run(training("run"));
    const ProgramEnd finished = run({"train", "--resume", "run"});
    EXPECT_EQ(finished.status, 2);
    EXPECT_TRUE(contains(finished.output, "this run is finished"));

    std::filesystem::remove(folder_ / "run" / "metrics.json");
    const ProgramEnd recipe = run({"train", "--resume", "run", "--set", "training.epochs=4"});
    EXPECT_EQ(recipe.status, 2);
    EXPECT_TRUE(contains(recipe.output, "another recipe: now \"epochs = 4\", in the checkpoint \"epochs = 3\""));
    const ProgramEnd threads = run({"train", "--resume", "run", "--threads", "1"});
    EXPECT_EQ(threads.status, 2);
    EXPECT_TRUE(contains(threads.output, "now \"1 threads\", in the checkpoint \"2 threads\""));

    write_file(folder_ / "emnist-toy-mapping.txt", "0 48\n1 49\n2 50\n3 52\n");
    const ProgramEnd data = run({"train", "--resume", "run"});
    EXPECT_EQ(data.status, 2);
    EXPECT_TRUE(contains(data.output, "emnist-toy-mapping.txt with sha256"));

    write_file(checkpoint("run"), "damaged");
    EXPECT_EQ(run({"train", "--resume", "run"}).status, 3);
}

TEST_F(TrainCommand, TrainsWithoutATestPart) {
    std::filesystem::remove(folder_ / "emnist-toy-test-images-idx3-ubyte.gz");
    std::filesystem::remove(folder_ / "emnist-toy-test-labels-idx1-ubyte.gz");
    const ProgramEnd end = run(training("run"));
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "0 to test"));
}

TEST_F(TrainCommand, LeavesTheTestPartAloneWhenToldTo) {
    // That it is not read shows where it cannot be.
    write_file(folder_ / "emnist-toy-test-images-idx3-ubyte.gz", "damaged");
    const ProgramEnd end = run(training("run", {"--no-test", "--json", "result.json"}));
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "the test part is not read"));
    EXPECT_TRUE(contains(end.output, "not tested; once you have chosen, 'inkling eval run' tests"));
    const auto result = nlohmann::json::parse(read_text(folder_ / "result.json"));
    EXPECT_FALSE(result.contains("test"));
    EXPECT_EQ(result["validation"].size(), 2u);
    const auto record = nlohmann::json::parse(read_text(folder_ / "run" / "record.json"));
    EXPECT_EQ(record["judged_by"], "nothing");
    EXPECT_FALSE(record["data"]["sha256"].contains("emnist-toy-test-images-idx3-ubyte.gz"));
}

TEST_F(TrainCommand, JudgesByTheValidationPartWhenToldTo) {
    write_file(folder_ / "emnist-toy-test-images-idx3-ubyte.gz", "damaged");
    const ProgramEnd end = run(training("run", {"--holdout"}));
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "\nvalidation: loss "));
    EXPECT_TRUE(contains(end.output, "'inkling eval run --part validation'"));
    const auto result = nlohmann::json::parse(read_text(folder_ / "run" / "metrics.json"));
    EXPECT_FALSE(result.contains("test"));
    EXPECT_EQ(result["validation"]["confusion"].size(), 4u);
    const std::string history = read_text(folder_ / "run" / "history.csv");
    EXPECT_TRUE(contains(history, fmt::format(",{},", result["validation"]["accuracy"].get<double>())));
}

TEST_F(TrainCommand, HoldsOutBeforeItJudgesByThat) {
    const ProgramEnd none = run(training("run", {"--holdout", "--set", "training.validation_fraction=0"}));
    EXPECT_EQ(none.status, 2);
    EXPECT_TRUE(contains(none.output, "--holdout needs a validation part, but training.validation_fraction = 0 of "));
    const ProgramEnd few = run(training("run", {"--holdout", "--set", "training.validation_fraction=0.001"}));
    EXPECT_EQ(few.status, 2);
    EXPECT_TRUE(contains(few.output, "training.validation_fraction = 0.001 of 100 images"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
}

TEST_F(TrainCommand, GoesOnWithoutTheTestPartWhereItBeganSo) {
    std::vector<std::string> arguments = training("stopped", {"--holdout", "--set", "training.epochs=80"});
    arguments.insert(arguments.end(), {"--checkpoint-every", "0"});
    Program program(folder_.path(), arguments);
    ASSERT_TRUE(program.wait_for_writes(checkpoint("stopped"), 5));
    program.signal(SIGKILL);
    program.wait();
    ASSERT_EQ(run({"train", "--resume", "stopped"}).status, 0);
    const auto result = nlohmann::json::parse(read_text(folder_ / "stopped" / "metrics.json"));
    EXPECT_FALSE(result.contains("test"));
    EXPECT_TRUE(result["validation"].contains("macro_f1"));
}

TEST_F(TrainCommand, SaysHowManyImagesAnEpochLeavesOut) {
    const ProgramEnd end = run(training("run", {"--set", "training.batch_size=29", "--no-test"}));
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(
        contains(end.output, "each epoch leaves out 1 of the images, drawn anew, which do not fill a batch of 29"));
}

TEST_F(TrainCommand, RefusesABatchOfOneBeforeABatchNorm) {
    const ProgramEnd end = run(training("run", {"--set", "training.batch_size=1"}));
    EXPECT_EQ(end.status, 2);
    EXPECT_TRUE(contains(end.output, "set training.batch_size to 2 or more"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
}

TEST_F(TrainCommand, SaysWhereABatchIsAllImages) {
    const ProgramEnd end = run(training("run", {"--set", "training.batch_size=1000", "--set", "optimizer.kind=sgd",
                                                "--set", "optimizer.base_batch_size=32", "--no-test"}));
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "images, fewer than the 1000 of training.batch_size")) << end.output;
    EXPECT_FALSE(contains(end.output, "batch 1000,"));
}

TEST_F(TrainCommand, SaysWhichClassesItCannotLearn) {
    std::vector<std::uint8_t> labels = toy_labels(400);
    for (std::uint8_t& label : labels) label = std::min<std::uint8_t>(label, 2);
    write_part(folder_.path(), "toy", "train", toy_images(400, 1, true), labels);
    const ProgramEnd end = run(training("run", {}));
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "note: 1 of 4 classes have no image to learn from, and will not be read: 3\n"))
        << end.output;
}

TEST_F(TrainCommand, KnowsBeforeItTrainsWhereItsResultCannotBeWritten) {
    for (const auto& [file, why] :
         std::vector<std::pair<std::string, std::string>>{{".", "not a regular file"},
                                                          {"toy.toml/x.json", "is no folder"},
                                                          {"run/record.json", "would overwrite"},
                                                          {"toy.toml", "would overwrite"}}) {
        const ProgramEnd end = run(training("run", {"--json", file}));
        EXPECT_NE(end.status, 0);
        EXPECT_TRUE(contains(end.output, why)) << end.output;
        EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
    }
    EXPECT_EQ(run(training("run", {"--json", "new/folder/x.json"})).status, 0);
    EXPECT_TRUE(std::filesystem::exists(folder_ / "new/folder/x.json"));
}

TEST_F(TrainCommand, WritesOverNothingThatIsNotItsOwn) {
    std::filesystem::create_directory(folder_ / "own");
    std::filesystem::copy(folder_ / "toy.toml", folder_ / "own/recipe.toml");
    ProgramEnd end = run({"train", "own/recipe.toml", "--data", ".", "--split", "toy", "--out", "own"});
    EXPECT_EQ(end.status, 2);
    EXPECT_TRUE(contains(end.output, "own/recipe.toml: would be overwritten")) << end.output;
    std::filesystem::create_directory(folder_ / "kept");
    write_file(folder_ / "kept/model.safetensors", "mine");
    end = run(training("kept", {}));
    EXPECT_EQ(end.status, 2);
    EXPECT_TRUE(contains(end.output, "kept/model.safetensors: would be overwritten")) << end.output;
    EXPECT_EQ(read_text(folder_ / "kept/model.safetensors"), "mine");
    std::filesystem::create_directory(folder_ / "study");
    write_file(folder_ / "study/study.sqlite", "");
    EXPECT_TRUE(contains(run(training("study", {})).output, "a study has this folder"));
}

TEST_F(TrainCommand, GoesOnWhereTheFolderOfItsCheckpointIsGone) {
    std::vector<std::string> arguments = training("stopped", {"--set", "training.epochs=80"});
    Program program(folder_.path(), arguments);
    ASSERT_TRUE(program.wait_for_writes(checkpoint("stopped"), 2));
    program.signal(SIGKILL);
    program.wait();
    std::filesystem::remove_all(folder_ / "stopped/checkpoint");
    const ProgramEnd end = run({"train", "--resume", "stopped"});
    EXPECT_EQ(end.status, 0) << end.output;
}

TEST_F(TrainCommand, HasItsFolderToItself) {
    std::vector<std::string> arguments = training("run", {"--set", "training.epochs=100000", "--quiet"});
    Program first(folder_.path(), arguments);
    ASSERT_TRUE(first.wait_for_writes(checkpoint("run"), 2));
    const std::filesystem::path elsewhere = folder_ / "elsewhere";  // for the second one's output
    std::filesystem::create_directory(elsewhere);
    const std::string run_path = (folder_ / "run").string();
    for (const std::vector<std::string>& second :
         {std::vector<std::string>{"train", "--resume", run_path},
          std::vector<std::string>{"train", "../toy.toml", "--data", "..", "--split", "toy", "--orientation",
                                   "transposed", "--out", run_path},
          std::vector<std::string>{"data", "synth", "--train", "10", "--test", "0", "--out", run_path}}) {
        const ProgramEnd end = run_program(elsewhere, second);
        EXPECT_EQ(end.status, 1);
        EXPECT_EQ(std::count(end.output.begin(), end.output.end(), '\n'), 1);
        EXPECT_TRUE(contains(end.output, " works in this folder; wait until it has ended"));
        EXPECT_TRUE(contains(end.output, "run: process "));
    }
    first.signal(SIGINT);
    EXPECT_EQ(first.wait().status, 130);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "run" / ".lock"));
}

TEST_F(TrainCommand, GoesOnInFoldersWhoseNamesAreNoText) {
    const std::string data = "alt\xfc\xe4";
    std::filesystem::create_directory(folder_ / data);
    write_toy_split(folder_ / data, 200, 40);
    std::filesystem::rename(folder_ / "toy.toml", folder_ / "toy\xff.toml");
    const std::string out = "run\xfe";
    ASSERT_EQ(run({"train", "toy\xff.toml", "--data", data, "--split", "toy", "--out", out, "--quiet"}).status, 0);
    const ProgramEnd eval = run({"eval", out, "--json", "eval.json"});
    EXPECT_EQ(eval.status, 0) << eval.output;
    const auto result = nlohmann::json::parse(read_text(folder_ / "eval.json"));
    EXPECT_EQ(result["run"], "file://" + std::filesystem::canonical(folder_.path()).string() + "/run%FE");
    EXPECT_EQ(run({"report", out, "--quiet"}).status, 0);
    std::filesystem::remove(folder_ / out / "metrics.json");
    const ProgramEnd resumed = run({"train", "--resume", out});
    EXPECT_EQ(resumed.status, 0) << resumed.output;
}

TEST_F(TrainCommand, NamesItsRunsByRecipeAndSeed) {
    const ProgramEnd end = run({"train", "toy.toml", "--data", ".", "--split", "toy"});
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(std::filesystem::exists(folder_ / "runs" / "toy-5" / "metrics.json"));
}

TEST_F(TrainCommand, SaysWhatIsWrongWithACommandLine) {
    const ProgramEnd none = run({"train"});
    EXPECT_EQ(none.status, 2);
    EXPECT_TRUE(contains(none.output, "no recipe"));
    std::filesystem::create_directory(folder_ / "recipes");
    write_file(folder_ / "recipes" / "mine.toml", kToyRecipe);
    const ProgramEnd unknown = run({"train", "resnet999"});
    EXPECT_EQ(unknown.status, 2);
    EXPECT_TRUE(contains(unknown.output, "resnet999: no such recipe"));
    EXPECT_TRUE(contains(unknown.output, "mine"));
    EXPECT_EQ(run({"train", "mine", "--data", ".", "--split", "nothing"}).status, 3);
    EXPECT_EQ(run({"train", "toy.toml", "--threads", "0"}).status, 2);
    EXPECT_EQ(run({"train", "toy.toml", "--set", "training.epoch=3"}).status, 2);
    EXPECT_EQ(run({"train", "--resume", "a", "--out", "b"}).status, 2);
}

TEST_F(TrainCommand, TakesShortFormsOfSet) {
    const ProgramEnd end = run(training("short", {"--epochs", "2", "--batch-size", "16", "--lr", "2e-3", "--no-test"}));
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "training: 2 epochs, batch 16, nadam, learning rate 0.002 "));
    ASSERT_EQ(run(training("long", {"--set", "training.epochs=2", "--set", "training.batch_size=16", "--set",
                                    "optimizer.learning_rate=2e-3", "--no-test"}))
                  .status,
              0);
    EXPECT_EQ(model("short"), model("long"));
    EXPECT_EQ(read_text(folder_ / "short" / "recipe.toml"), read_text(folder_ / "long" / "recipe.toml"));
}

TEST_F(TrainCommand, SaysTheRateThatIsScaledToTheBatch) {
    const ProgramEnd end = run(training("scaled", {"--batch-size", "64", "--lr", "2e-3", "--epochs", "1", "--no-test",
                                                   "--set", "optimizer.base_batch_size=16"}));
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "batch 64, nadam, learning rate 0.008 "));
    EXPECT_TRUE(contains(end.output, "  scaled to this batch from a learning rate of 0.002 for a batch of 16\n"));
    EXPECT_TRUE(
        contains(read_text(folder_ / "scaled" / "recipe.toml"), "# of a batch of 64, the learning rate is 0.008\n"));
}

TEST_F(TrainCommand, RefusesAShortFormThatMeansNothingOrIsSetBesides) {
    const auto refusal = [&](const std::vector<std::string>& more) {
        const ProgramEnd end = run(training("run", more));
        EXPECT_EQ(end.status, 2);
        EXPECT_EQ(std::count(end.output.begin(), end.output.end(), '\n'), 1) << end.output;
        EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
        return end.output;
    };
    EXPECT_EQ(refusal({"--epochs", "2", "--set", "training.epochs = 3"}),
              "inkling: --epochs 2 and --set training.epochs = 3 set the same key; leave one of them out\n");
    EXPECT_TRUE(contains(refusal({"--set", "training.batch_size=3", "--batch-size", "3"}), "--batch-size 3 and"));
    EXPECT_TRUE(contains(refusal({"--set", "optimizer.learning_rate=1", "--lr", "1"}), "--lr 1 and"));
    EXPECT_TRUE(contains(refusal({"--set", "training.seed=1", "--seed", "2"}), "--seed 2 and"));
    EXPECT_TRUE(contains(refusal({"--epochs", "1.5"}),
                         "training.epochs is 1.5, expected a whole number without a point, 1 to 100000"));
    EXPECT_TRUE(contains(refusal({"--batch-size", "many"}), "training.batch_size"));
    EXPECT_TRUE(contains(refusal({"--lr", ""}), "--set optimizer.learning_rate="));
}

TEST_F(TrainCommand, HasHelpWithAnExample) {
    for (const char* command : {"train", "eval", "bench"}) {
        const ProgramEnd help = run({command, "--help"});
        EXPECT_EQ(help.status, 0);
        EXPECT_TRUE(contains(help.output, std::string("  inkling ") + command));
    }
}

TEST_F(TrainCommand, BeginsWithTheWeightsOfATrainedNetwork) {
    ASSERT_EQ(run(training("first")).status, 0);
    const auto with = [&](const std::string& from) {
        return std::vector<std::string>{
            "--set", "optimizer.kind=sgd", "--set", "optimizer.learning_rate=1e-12", "--init-from", from};
    };
    const ProgramEnd end = run(training("second", with("first")));
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "begins with the weights in"));
    const auto accuracy = [&](const std::string& name) {
        return nlohmann::json::parse(read_text(folder_ / name / "metrics.json"))["test"]["accuracy"].get<double>();
    };
    EXPECT_NEAR(accuracy("second"), accuracy("first"), 0.1);
    const auto init = nlohmann::json::parse(read_text(folder_ / "second" / "record.json"))["init_from"];
    EXPECT_EQ(init["sha256"], sha256(read_file(folder_ / "first" / "model.safetensors")));
    ASSERT_EQ(run(training("third", with("first/model.safetensors"))).status, 0);
    EXPECT_EQ(model("third"), model("second"));
}

TEST_F(TrainCommand, LearnsFromTeachersThatItsRecordNames) {
    ASSERT_EQ(run(training("teacher")).status, 0);
    const ProgramEnd end = run(training("student", {"--set", "distillation.teachers=./teacher"}));
    ASSERT_EQ(end.status, 0) << end.output;
    const std::string file = (folder_ / "teacher" / "model.safetensors").string();
    EXPECT_TRUE(contains(end.output, "learns from " + file + " with weight 0.5 at temperature 4"));
    const auto record = nlohmann::json::parse(read_text(folder_ / "student" / "record.json"));
    ASSERT_EQ(record["teachers"].size(), 1u);
    EXPECT_EQ(record["teachers"][0]["file"], file);
    EXPECT_EQ(record["teachers"][0]["sha256"], sha256(read_file(file)));
    EXPECT_TRUE(contains(read_text(folder_ / "student" / "recipe.toml"), "teachers = [\"" + file + "\"]"));
    const ProgramEnd lost = run(training("lost", {"--set", "distillation.teachers=nowhere"}));
    EXPECT_EQ(lost.status, 3);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "lost"));
}

TEST_F(TrainCommand, RefusesWeightsOfAnotherNetworkBeforeItWritesAnything) {
    ASSERT_EQ(run(training("first")).status, 0);
    const ProgramEnd end = run(training("second", {"--init-from", "first", "--set", "network.hidden=[20]"}));
    EXPECT_EQ(end.status, 2);
    EXPECT_TRUE(contains(end.output, "expected the same network but for its output layer"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "second"));
    EXPECT_EQ(run(training("second", {"--init-from", "nowhere"})).status, 3);
    EXPECT_EQ(run({"train", "--resume", "first", "--init-from", "first"}).status, 2);
}

TEST_F(TrainCommand, LearnsFromAFewImagesOfEachClass) {
    const ProgramEnd end = run(training("few", {"--per-class", "10"}));
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "32 images to learn from, 8 held out for validation, 100 to test"));
    EXPECT_EQ(nlohmann::json::parse(read_text(folder_ / "few" / "record.json"))["data"]["per_class"], 10);
    EXPECT_EQ(run(training("none", {"--per-class", "0"})).status, 2);
}

TEST_F(TrainCommand, DoesNotLearnFromListedImages) {
    std::string list = "image,given,suggested\n";
    for (int image = 0; image < 100; ++image) list += fmt::format("{},{},1\n", image, image % kToyClasses);
    write_file(folder_ / "list.csv", list);
    run(training("whole"));
    const ProgramEnd end = run(training("cleaned", {"--exclude", "list.csv"}));
    ASSERT_EQ(end.status, 0) << end.output;
    // A fifth of the listed ones is held out, as in the run that leaves none out.
    EXPECT_TRUE(contains(end.output, "80 held out for validation, 100 to test"));
    EXPECT_TRUE(contains(end.output,
                         "not learned from: 100 listed images; those among them that are held out judge all the same"));
    EXPECT_NE(model("whole"), model("cleaned"));
    const auto record = nlohmann::json::parse(read_text(folder_ / "cleaned" / "record.json"));
    EXPECT_EQ(record["data"]["excluded"]["images"], 100);
    EXPECT_EQ(record["data"]["excluded"]["sha256"], sha256(read_file(folder_ / "cleaned" / "excluded.csv")));
    EXPECT_EQ(run({"eval", "whole", "cleaned", "--part", "validation"}).status, 0);
}

TEST_F(TrainCommand, GoesOnWithoutTheImagesThatItBeganWithout) {
    write_file(folder_ / "list.txt", "5\n6\n7\n8\n");
    write_file(folder_ / "other.txt", "5\n6\n7\n");
    run(training("unbroken", {"--exclude", "list.txt", "--epochs", "80"}));
    Program program(folder_.path(),
                    training("stopped", {"--exclude", "list.txt", "--epochs", "80", "--checkpoint-every", "0"}));
    ASSERT_TRUE(program.wait_for_writes(checkpoint("stopped"), 5));
    program.signal(SIGINT);
    ASSERT_EQ(program.wait().status, 130);
    const ProgramEnd other = run({"train", "--resume", "stopped", "--exclude", "other.txt"});
    EXPECT_EQ(other.status, 2);
    EXPECT_TRUE(contains(other.output, "other.txt: lists other images than the 4 that this run leaves out"));
    std::filesystem::remove(folder_ / "list.txt");
    EXPECT_EQ(run({"train", "--resume", "stopped"}).status, 0);
    EXPECT_EQ(model("stopped"), model("unbroken"));
}

TEST_F(TrainCommand, RefusesAListThatIsNotOfItsImages) {
    const auto refusal = [&](const std::string& list, int status) {
        write_file(folder_ / "list.csv", list);
        const ProgramEnd end = run(training("run", {"--exclude", "list.csv"}));
        EXPECT_EQ(end.status, status) << end.output;
        EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
        return end.output;
    };
    EXPECT_EQ(refusal("image\n1\n400\n", 3),
              "inkling: list.csv:3: image 400, but the training part's are 0 to 399; take the list of this data set\n");
    EXPECT_TRUE(contains(refusal("one\n", 3), "inkling: list.csv:1: \"one\" is no number"));
    EXPECT_EQ(refusal("image,given,suggested\n1,1,2\n6,0,2\n", 3),
              "inkling: list.csv:3: image 6 is given as 0, but the training part's is 2; take the list of this data "
              "set\n");
    std::string zeros;
    for (int image = 0; image < 400; image += 4) zeros += std::to_string(image) + "\n";
    EXPECT_TRUE(contains(refusal(zeros, 2), "the excluded images are all 80 of class 0 that there are to learn from"));
    EXPECT_EQ(run(training("run", {"--exclude", "none.csv"})).status, 3);
}

}  // namespace
}  // namespace inkling
