#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/hash.h"
#include "json_file.h"
#include "nn/network.h"
#include "program.h"
#include "refusal.h"
#include "soak.h"
#include "study/sqlite.h"
#include "study/sqlite_job_store.h"
#include "study/study_database.h"
#include "temporary_folder.h"
#include "toy_study_command.h"

namespace inkling {
namespace {

/// Lines of an answer.
std::ptrdiff_t lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

TEST_F(StudyCommand, EndsWithTestedNetworksOfBothFamilies) {
    const ProgramEnd end = run(studying("out", {"--threads", "2"}));
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "budget quick, strategy sequential, 3 folds over 100% of 280 training images"));
    for (const char* family : {"mlp", "cnn"}) {
        EXPECT_TRUE(contains(end.output, fmt::format("{}  activation: ", family)));
        EXPECT_TRUE(contains(end.output, fmt::format("{}  optimizer: ", family)));
        EXPECT_TRUE(contains(end.output, fmt::format("{}  baseline on the test part: ", family)));
        EXPECT_TRUE(contains(end.output, fmt::format("{}  best on the test part: ", family)));
        for (const char* role : {"baseline", "best"})
            for (const char* seed : {"seed-0", "seed-1"}) {
                const auto run = folder_ / "out" / role / family / seed;
                for (const char* file : {"recipe.toml", "record.json", "history.csv", "model.safetensors"})
                    EXPECT_TRUE(std::filesystem::exists(run / file)) << run / file;
                EXPECT_TRUE(json::parse(read_text(run / "metrics.json")).contains("test"));
            }
    }
    EXPECT_TRUE(contains(end.output, "over 2 seeds"));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / "study.toml"));
    EXPECT_EQ(number("out", "SELECT COUNT(*) FROM folds WHERE status NOT IN ('finished', 'failed')"), 0);
    EXPECT_GT(number("out", "SELECT COUNT(*) FROM folds WHERE status = 'failed' AND reason LIKE '%loss became%'"), 0);

    // Its best networks can be audited.
    const ProgramEnd audit = run({"audit", folder_ / "out", "--folds", "2", "--networks", "1"});
    EXPECT_EQ(audit.status, 0) << audit.output;
    for (const char* family : {"mlp", "cnn"})
        EXPECT_TRUE(contains(audit.output, fmt::format("{}-best: 2 trainings of ", family)));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / "audit" / "audit.json"));

    // Begun again it has nothing to do, and says the same; study.toml alone can begin it elsewhere.
    const FinishedRows rows = finished_rows("out");
    const ProgramEnd again = run({"study", folder_ / "out"});
    EXPECT_EQ(again.status, 0) << again.output;
    EXPECT_TRUE(contains(again.output, "best on the test part: "));
    EXPECT_EQ(finished_rows("out"), rows);
    Texts elsewhere = studying("elsewhere", {"--quiet"});
    elsewhere[1] = folder_ / "out" / "study.toml";
    const ProgramEnd repeated = run(elsewhere);
    EXPECT_EQ(repeated.status, 0) << repeated.output;
    EXPECT_EQ(end_of("elsewhere"), end_of("out"));
}

TEST_F(StudyCommand, WithATimeIsSizedToTheMachineAndKeepsTheNumbersThatCameOfIt) {
    const ProgramEnd end = run(studying("out", {"--time", "1m", "--threads", "2"}));
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(end.output.starts_with("time 1m: measuring this machine\n  it trains mlp ")) << end.output;
    EXPECT_TRUE(contains(end.output, "the options are those of budget quick; all rounds are expected in "));
    EXPECT_TRUE(contains(end.output, "the study's time came to at most "));
    EXPECT_FALSE(contains(read_text(folder_ / "out" / "study.toml"), "time"));

    const FinishedRows rows = finished_rows("out");
    EXPECT_EQ(run({"study", folder_ / "out", "--time", "1m", "--quiet"}).status, 0);
    EXPECT_EQ(finished_rows("out"), rows);
    const ProgramEnd longer = run({"study", folder_ / "out", "--time", "2m"});
    EXPECT_EQ(longer.status, 2) << longer.output;
    Texts elsewhere = studying("elsewhere", {"--quiet"});
    elsewhere[1] = folder_ / "out" / "study.toml";
    const ProgramEnd repeated = run(elsewhere);
    EXPECT_EQ(repeated.status, 0) << repeated.output;
    EXPECT_EQ(end_of("elsewhere"), end_of("out"));
}

TEST_F(StudyCommand, PrintsNothingWhenQuiet) {
    const ProgramEnd end = run(studying("out", {"--quiet"}));
    EXPECT_EQ(end.status, 0);
    EXPECT_EQ(end.output, "");
}

TEST_F(StudyCommand, IsNotChangedByBeingKilledAtRandomMoments) {
    ASSERT_EQ(run(studying("unbroken", {"--quiet", "--threads", "2"})).status, 0);
    const StudyEnd unbroken = end_of("unbroken");
    EXPECT_EQ(unbroken.models.size(), 8u);

    const int most_kills = soaked(20);
    RandomStream random(1, Purpose::kBenchmark);
    int kills = 0;
    // A study that comes to its end is followed by another one, until there were kills enough.
    for (int study = 0; kills < most_kills; ++study) {
        const std::string out = fmt::format("killed-{}", study);
        log_trainings(out);
        FinishedRows before;
        for (bool ended = false; !ended;) {
            Program program(folder_.path(), studying(out, {"--quiet", "--threads", "2"}));
            if (kills < most_kills) {
                // After some writes of the database, or in the midst of whatever it does a moment after its start.
                if (random.below(4) > 0)
                    program.wait_for_writes(store_path(out).string() + "-wal", 1 + static_cast<int>(random.below(40)));
                std::this_thread::sleep_for(std::chrono::microseconds(random.below(30'000)));
                program.signal(SIGKILL);
            }
            const ProgramEnd end = program.wait();
            ended = end.status == 0;
            if (!ended) {
                ASSERT_EQ(end.status, 128 + SIGKILL) << end.output;
                ++kills;
            }
            // What was finished stays as it was written.
            const FinishedRows after = finished_rows(out);
            for (const auto& [id, row] : before) {
                ASSERT_TRUE(after.contains(id));
                EXPECT_EQ(after.at(id), row);
            }
            before = after;
        }
        EXPECT_EQ(end_of(out), unbroken);
        EXPECT_EQ(number(out,
                         "SELECT COUNT(*) FROM log AS claim JOIN log AS ended ON ended.fold = claim.fold AND "
                         "ended.id < claim.id WHERE claim.status = 'running' AND ended.status IN ('finished', "
                         "'failed')"),
                  0);
    }
    EXPECT_EQ(kills, most_kills);
}

TEST_F(StudyCommand, IsNotChangedByBeingKilledWhileItTrainsTheFinals) {
    std::string recipe = "techniques = []\n" + kStudyHead;
    const std::string few = "final_epochs = { mlp = 2, cnn = 2 }";
    recipe.replace(recipe.find(few), few.size(), "final_epochs = { mlp = 40, cnn = 10 }");
    write_file(folder_ / "toy.toml", recipe);
    ASSERT_EQ(run(studying("unbroken", {"--quiet"})).status, 0);

    RandomStream random(2, Purpose::kBenchmark);
    int kills = 0;
    for (const char* run_folder : {"best/mlp/seed-0", "baseline/mlp/seed-1", "best/cnn/seed-1", "baseline/cnn/seed-0"})
        for (int times = 0; times < soaked(2); ++times) {
            Program program(folder_.path(), studying("killed", {"--quiet"}));
            const auto checkpoint = folder_ / "killed" / run_folder / "checkpoint" / "state.safetensors";
            if (!program.wait_for_writes(checkpoint, 1 + static_cast<int>(random.below(4)))) continue;
            program.signal(SIGKILL);
            kills += program.wait().status == 128 + SIGKILL ? 1 : 0;
        }
    EXPECT_GT(kills, 1);
    const ProgramEnd end = run(studying("killed"));
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_EQ(end_of("killed"), end_of("unbroken"));
}

TEST_F(StudyCommand, KeepsItsPageUpToDateWhileItRuns) {
    std::string recipe = "techniques = []\n" + kStudyHead;
    const std::string few = "final_epochs = { mlp = 2, cnn = 2 }";
    recipe.replace(recipe.find(few), few.size(), "final_epochs = { mlp = 400, cnn = 400 }");
    write_file(folder_ / "toy.toml", recipe);
    const auto figures = [&] { return json::parse(read_text(folder_ / "watched" / "report.json")); };
    const auto reloads = [&] {
        return contains(read_text(folder_ / "watched" / "report.html"), "http-equiv=\"refresh\"");
    };
    {
        Program program(folder_.path(), studying("watched", {"--quiet", "--watch"}));
        ASSERT_TRUE(program.wait_for_writes(folder_ / "watched" / "report.json", 1));
        EXPECT_TRUE(reloads());
        EXPECT_EQ(figures()["unfinished"]["running"], true);
        EXPECT_TRUE(figures()["models"].empty());
        program.signal(SIGINT);
        const ProgramEnd end = program.wait();
        ASSERT_EQ(end.status, 130) << end.output;
    }
    EXPECT_FALSE(reloads());
    EXPECT_EQ(figures()["unfinished"]["running"], false);
}

TEST_F(StudyCommand, EndsItsWatchedPageWithTheWholeReport) {
    const ProgramEnd end = run(studying("watched", {"--watch", "--json", folder_ / "out.json"}));
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "watch it in a browser: "));
    EXPECT_TRUE(contains(end.output, "best mlp over baseline mlp: "));
    EXPECT_TRUE(contains(end.output, "best mlp over best cnn: "));
    EXPECT_FALSE(contains(read_text(folder_ / "watched" / "report.html"), "http-equiv=\"refresh\""));
    const json figures = json::parse(read_text(folder_ / "out.json"));
    EXPECT_FALSE(figures.contains("unfinished"));
    ASSERT_EQ(figures["differences"].size(), 3u);
    EXPECT_EQ(figures["differences"][0]["a"], "best MLP");
    EXPECT_EQ(figures["differences"][0]["seeds"], json({2, 2}));
    EXPECT_EQ(figures["pairs"][2]["b"], "best CNN");
}

TEST_F(StudyCommand, IsSharedByTwoProcesses) {
    ASSERT_EQ(run(studying("alone", {"--quiet", "--threads", "2"})).status, 0);
    log_trainings("shared");
    std::filesystem::create_directory(folder_ / "first");
    std::filesystem::create_directory(folder_ / "second");
    Program first(folder_ / "first", studying("shared", {"--threads", "1"}));
    Program second(folder_ / "second", studying("shared", {"--threads", "1"}));
    const ProgramEnd first_end = first.wait();
    const ProgramEnd second_end = second.wait();
    EXPECT_EQ(first_end.status, 0) << first_end.output;
    EXPECT_EQ(second_end.status, 0) << second_end.output;
    EXPECT_TRUE(contains(first_end.output, "cnn  best on the test part: "));
    EXPECT_TRUE(contains(second_end.output, "cnn  best on the test part: "));
    EXPECT_EQ(end_of("shared"), end_of("alone"));
    EXPECT_EQ(number("shared",
                     "SELECT MAX(times) FROM (SELECT COUNT(*) AS times FROM log WHERE status = 'running' "
                     "GROUP BY fold)"),
              1);
    EXPECT_EQ(number("shared", "SELECT COUNT(*) FROM log WHERE status = 'running'"),
              number("shared", "SELECT COUNT(*) FROM folds"));
}

TEST_F(StudyCommand, LeavesItsTrainingToAProcessThatIsStopped) {
    ASSERT_EQ(run(studying("alone", {"--quiet"})).status, 0);
    log_trainings("shared");
    std::filesystem::create_directory(folder_ / "first");
    std::filesystem::create_directory(folder_ / "second");
    Program first(folder_ / "first", studying("shared", {"--threads", "1", "--quiet"}));
    ASSERT_TRUE(first.wait_for_writes(store_path("shared").string() + "-wal", 12));
    // In the midst of a training, and of no change to the store.
    for (first.stop(); !trains_quietly("shared"); first.stop()) {
        first.signal(SIGCONT);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const std::string owner = text("shared", "SELECT owner FROM folds WHERE status = 'running'");
    // As if it had been silent, by every clock, for long.
    Database(store_path("shared"), Database::Mode::kWrite)
        .execute("UPDATE folds SET renewed = renewed - 100000 WHERE status = 'running'");
    Program second(folder_ / "second", studying("shared", {"--threads", "1", "--quiet"}));
    const auto busy = [&] {
        return number("shared", "SELECT SUM(status = 'pending') > 0 OR SUM(status = 'running') > 1 FROM folds") != 0;
    };
    for (int looks = 0; busy() && looks < 60'000; ++looks) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(text("shared", "SELECT owner FROM folds WHERE status = 'running'"), owner);
    first.signal(SIGCONT);
    EXPECT_EQ(first.wait().status, 0);
    EXPECT_EQ(second.wait().status, 0);
    EXPECT_EQ(end_of("shared"), end_of("alone"));
    EXPECT_EQ(number("shared", "SELECT COUNT(*) FROM log WHERE status = 'running'"),
              number("shared", "SELECT COUNT(*) FROM folds"));
}

TEST_F(StudyCommand, IsBegunOnceByTwoProcessesAtTheSameTime) {
    write_file(folder_ / "toy.toml", "techniques = []\n" + kStudyHead);
    for (int times = 0; times < soaked(3); ++times) {
        const std::string out = fmt::format("both-{}", times);
        std::filesystem::create_directories(folder_ / "first");
        std::filesystem::create_directories(folder_ / "second");
        Program first(folder_ / "first", studying(out, {"--quiet", "--threads", "1"}));
        Program second(folder_ / "second", studying(out, {"--quiet", "--threads", "1"}));
        const ProgramEnd first_end = first.wait();
        const ProgramEnd second_end = second.wait();
        EXPECT_EQ(first_end.status, 0) << first_end.output;
        EXPECT_EQ(second_end.status, 0) << second_end.output;
        EXPECT_EQ(number(out, "SELECT COUNT(*) FROM folds WHERE status = 'finished'"), 12);
    }
}

TEST_F(StudyCommand, StopsAtCtrlCAndSaysHowToGoOn) {
    ASSERT_EQ(run(studying("unbroken", {"--quiet"})).status, 0);
    Program program(folder_.path(), studying("stopped"));
    ASSERT_TRUE(program.wait_for_writes(store_path("stopped").string() + "-wal", 12));
    program.signal(SIGINT);
    const ProgramEnd end = program.wait();
    EXPECT_EQ(end.status, 130) << end.output;
    EXPECT_TRUE(contains(end.output, "stopped; all finished trainings are kept, go on with 'inkling study "));
    EXPECT_EQ(number("stopped", "SELECT COUNT(*) FROM folds WHERE status = 'running'"), 0);
    const ProgramEnd resumed = run({"study", folder_ / "stopped"});
    EXPECT_EQ(resumed.status, 0) << resumed.output;
    EXPECT_EQ(end_of("stopped"), end_of("unbroken"));
}

/// The study, killed when it had done some of its work.
class UnfinishedStudy : public StudyCommand {
  protected:
    void SetUp() override {
        StudyCommand::SetUp();
        Program program(folder_.path(), studying("out"));
        ASSERT_TRUE(program.wait_for_writes(store_path("out").string() + "-wal", 12));
        program.signal(SIGKILL);
        ASSERT_EQ(program.wait().status, 128 + SIGKILL);
    }

    /// The one line with which `inkling study` on `arguments` is refused as wrong usage.
    std::string refusal(const Texts& arguments) const {
        const ProgramEnd end = run(arguments);
        EXPECT_EQ(end.status, 2) << end.output;
        EXPECT_EQ(lines(end.output), 1) << end.output;
        return end.output;
    }
};

/// A process that is stopped in the midst of a change to a study's store.
class StoppedWriter {
  public:
    explicit StoppedWriter(const std::filesystem::path& store) : process_(::fork()) {
        if (process_ == 0) {
            Database database(store, Database::Mode::kWrite);
            Transaction transaction(database);
            ::raise(SIGSTOP);
            transaction.commit();
            ::_exit(0);
        }
        siginfo_t stopped{};
        ::waitid(P_PID, static_cast<id_t>(process_), &stopped, WSTOPPED | WEXITED | WNOWAIT);
    }
    ~StoppedWriter() {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
    StoppedWriter(const StoppedWriter&) = delete;
    StoppedWriter& operator=(const StoppedWriter&) = delete;

    /// What a process says that waits for it.
    std::string line(const std::filesystem::path& store) const {
        return fmt::format(
            "waiting for process {}, which was stopped while it wrote to {}; let it go on with 'kill -CONT {}', or end "
            "it\n",
            process_, store.string(), process_);
    }
    void signal(int number) const { ::kill(process_, number); }

  private:
    pid_t process_;
};

TEST_F(UnfinishedStudy, WaitsForAProcessThatIsStoppedInTheMidstOfAChangeAndSaysForWhich) {
    for (const int number : {SIGCONT, SIGKILL}) {
        const StoppedWriter writer(store_path("out"));
        Program waiting(folder_.path(), studying("out", {"--threads", "2"}));
        ASSERT_TRUE(waiting.wait_for_output(writer.line(store_path("out"))));
        writer.signal(number);
        const ProgramEnd end = waiting.wait();
        EXPECT_EQ(end.status, 0) << end.output;
        EXPECT_EQ(end.output.find("waiting", end.output.find("waiting") + 1), std::string::npos) << "said once";
    }
}

TEST_F(UnfinishedStudy, StopsAtCtrlCThoughItWaitsForAProcessThatIsStopped) {
    const StoppedWriter writer(store_path("out"));
    Program waiting(folder_.path(), studying("out", {"--quiet"}));
    ASSERT_TRUE(waiting.wait_for_output(writer.line(store_path("out"))));
    waiting.signal(SIGINT);
    const ProgramEnd end = waiting.wait();
    EXPECT_EQ(end.status, 130);
    EXPECT_TRUE(contains(end.output, "inkling: stopped waiting for another process with ")) << end.output;
}

TEST_F(StudyCommand, StopsAtCtrlCThoughItsWorkersWaitForAProcessThatIsStopped) {
    Program program(folder_.path(), studying("out", {"--threads", "2", "--quiet"}));
    ASSERT_TRUE(program.wait_for_writes(store_path("out").string() + "-wal", 12));
    {
        const StoppedWriter writer(store_path("out"));
        ASSERT_TRUE(program.wait_for_output(writer.line(store_path("out"))));
        program.signal(SIGINT);
        const ProgramEnd end = program.wait();
        EXPECT_EQ(end.status, 130);
        EXPECT_TRUE(contains(end.output, "inkling: stopped; all finished trainings are kept")) << end.output;
    }
    EXPECT_EQ(run(studying("out", {"--quiet"})).status, 0);
}

TEST_F(UnfinishedStudy, IsNotGoneOnWithUnderAnotherRecipe) {
    const auto changed = [&](const std::string& before, const std::string& after) {
        std::string text = kStudyHead + kTechniques;
        text.replace(text.find(before), before.size(), after);
        write_file(folder_ / "toy.toml", text);
        return refusal(studying("out"));
    };
    EXPECT_TRUE(contains(changed("folds = 3", "folds = 2"), "was 'folds = 3' and is now 'folds = 2'; take another"));
    EXPECT_TRUE(contains(changed("\"tanh\"", "\"gelu\""), "gelu"));
    write_file(folder_ / "toy.toml", kStudyHead + kTechniques);
    EXPECT_TRUE(contains(refusal(studying("out", {"--seed", "2"})), "was 'seed = 1' and is now 'seed = 2'"));
    EXPECT_TRUE(contains(refusal(studying("out", {"--no-racing"})), "is now 'racing = false'"));
    EXPECT_TRUE(contains(refusal(studying("out", {"--strategy", "random"})), "is now 'strategy = \"random\"'"));
    EXPECT_TRUE(contains(refusal(studying("out", {"--training-threads", "2"})), "begun with 1 threads a training"));
    std::string baseline = read_text(folder_ / "mlp.toml");
    write_file(folder_ / "mlp.toml", baseline + "nesterov = true\n");
    refusal(studying("out"));
    write_file(folder_ / "mlp.toml", baseline);
    EXPECT_EQ(run(studying("out", {"--quiet"})).status, 0);
}

TEST_F(UnfinishedStudy, HasTheFamiliesThatItBeganWith) {
    EXPECT_TRUE(contains(refusal(studying("out", {"--family", "none"})), "--family none: the recipe has mlp, cnn"));
    EXPECT_TRUE(contains(refusal(studying("out", {"--family", "cnn"})), "and is now 'epochs = { cnn = 1 }'"));
}

TEST_F(StudyCommand, StudiesOneFamilyAlone) {
    EXPECT_EQ(run(studying("alone", {"--family", "cnn", "--quiet"})).status, 0);
    const ProgramEnd end = run({"study", folder_ / "alone", "--list"});
    EXPECT_TRUE(contains(end.output, "cnn"));
    EXPECT_FALSE(contains(end.output, "mlp")) << end.output;
}

TEST_F(StudyCommand, IsNotGoneOnWithByOtherTeachers) {
    const auto train_teacher = [&](const std::string& seed) {
        std::filesystem::remove_all(folder_ / "teacher");
        return run({"train", folder_ / "cnn.toml", "--data", folder_.path(), "--split", "toy", "--epochs", "1",
                    "--seed", seed, "--out", folder_ / "teacher", "--quiet"})
            .status;
    };
    ASSERT_EQ(train_teacher("1"), 0);
    const Texts taught = studying("out", {"--family", "mlp", "--quiet"});
    write_file(folder_ / "mlp.toml", read_text(folder_ / "mlp.toml") + "[distillation]\nteachers = [\"" +
                                         (folder_ / "teacher").string() + "\"]\n");
    ASSERT_EQ(run(taught).status, 0);
    ASSERT_EQ(run(taught).status, 0) << "the same again";
    ASSERT_EQ(train_teacher("2"), 0);
    const ProgramEnd end = run(taught);
    EXPECT_EQ(end.status, 2);
    EXPECT_TRUE(contains(end.output, "this study was begun with other data: ")) << end.output;
    EXPECT_TRUE(contains(end.output, "teacher/model.safetensors")) << end.output;
}

TEST_F(UnfinishedStudy, IsNotGoneOnWithOnOtherData) {
    write_file(folder_ / "emnist-toy-mapping.txt", "0 48\n1 49\n2 50\n3 52\n");
    EXPECT_TRUE(contains(refusal(studying("out")), "this study was begun with other data: "));
}

TEST_F(UnfinishedStudy, IsNotChangedThroughItsFolder) {
    const std::string folder = folder_ / "out";
    EXPECT_TRUE(contains(refusal({"study", folder, "--seed", "2"}), "was 'seed = 1' and is now 'seed = 2'"));
    EXPECT_TRUE(contains(refusal({"study", folder, "--budget", "full"}), "is now '[budgets.full]'"));
    EXPECT_TRUE(contains(refusal({"study", folder, "--no-racing"}), "is now 'racing = false'"));
    EXPECT_TRUE(contains(refusal({"study", folder, "--out", "other"}), "--out is for one that a recipe begins"));
    EXPECT_EQ(run({"study", folder, "--budget", "quick", "--quiet"}).status, 0);
}

TEST_F(UnfinishedStudy, SaysSoWhereItGoesOnWithAnotherLibrary) {
    Database(store_path("out"), Database::Mode::kWrite)
        .execute("UPDATE studies SET environment = json_set(environment, '$.versions.onednn', '1.0')");
    const ProgramEnd end = run(studying("out"));
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "note: this study was begun with oneDNN 1.0, now "));
}

TEST_F(UnfinishedStudy, SaysSoWhereItGoesOnWithoutInstructionsForItsBf16) {
    Database(store_path("out"), Database::Mode::kWrite)
        .execute("UPDATE studies SET automatic_precision = 'bf16', trains_bf16 = 1");
    ::setenv("INKLING_ISA", "v3", 1);
    const ProgramEnd end = run(studying("out"));
    ::unsetenv("INKLING_ISA");
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "note: no AVX-512 BF16 here: bf16 is multiplied in fp32")) << end.output;
}

TEST_F(UnfinishedStudy, ShowsHowFarItHasCome) {
    for (const char* look : {"running", "finished"}) {
        const bool finished = look == std::string("finished");
        if (finished) {
            ASSERT_EQ(run(studying("out", {"--quiet"})).status, 0);
        }
        const ProgramEnd status = run({"study", folder_ / "out", "--status"});
        EXPECT_EQ(status.status, 0) << status.output;
        EXPECT_TRUE(contains(status.output, "toy, budget quick, begun 20"));
        EXPECT_EQ(status.output.find("0 running, 0 waiting") != std::string::npos, finished) << status.output;
        EXPECT_EQ(status.output.find("trainings to go") == std::string::npos, finished) << status.output;
        EXPECT_EQ(status.output.find("on the test part") != std::string::npos, finished) << status.output;
        // By the recipe's name and --out as well.
        EXPECT_EQ(run(studying("out", {"--status"})).output, status.output);

        const ProgramEnd list = run({"study", folder_ / "out", "--list"});
        EXPECT_EQ(list.status, 0);
        EXPECT_TRUE(contains(list.output, "learning rate status     folds  accuracy"));
        for (const char* option : {"relu", "elu", "tanh"}) EXPECT_TRUE(contains(list.output, option));
        EXPECT_EQ(list.output.find("chosen") != std::string::npos, finished) << list.output;
        EXPECT_EQ(list.output.find("the training loss became") != std::string::npos, finished) << list.output;
    }
}

TEST_F(UnfinishedStudy, IsExportedForOtherPrograms) {
    for (const bool finished : {false, true}) {
        if (finished) {
            ASSERT_EQ(run(studying("out", {"--quiet"})).status, 0);
        }
        const ProgramEnd exported = run({"study", folder_ / "out", "--export", "json"});
        ASSERT_EQ(exported.status, 0) << exported.output;
        const json rows = json::parse(exported.output);
        ASSERT_FALSE(rows.empty());
        std::set<std::string> statuses;
        std::map<std::string, int> chosen;
        for (const json& row : rows) {
            const std::string status = row["status"];
            statuses.insert(status);
            EXPECT_EQ(row["reason"].get<std::string>().empty(), status != "failed");
            const std::string technique = row["technique"];
            const std::size_t all = technique == "confirmation" ? 1 : technique == "fresh folds" ? 2 : 3;
            EXPECT_EQ(row["scores"].size() == all, status == "finished") << row.dump();
            if (row["chosen"]) ++chosen[row["family"].get<std::string>() + " " + row["technique"].get<std::string>()];
        }
        if (finished) {
            EXPECT_EQ(statuses, (std::set<std::string>{"failed", "finished", "superseded"}));
            const auto once = [](const std::string& technique) {
                return std::map<std::string, int>{{"cnn " + technique, 1}, {"mlp " + technique, 1}};
            };
            std::map<std::string, int> expected;
            for (const char* technique : {"activation", "optimizer", "fresh folds", "confirmation"})
                expected.merge(once(technique));
            EXPECT_EQ(chosen, expected);
        }

        const ProgramEnd csv = run({"study", folder_ / "out", "--export", "csv"});
        ASSERT_EQ(csv.status, 0) << csv.output;
        std::istringstream stream(csv.output);
        std::string line;
        std::getline(stream, line);
        EXPECT_EQ(line,
                  "family,technique,option,learning_rate,status,chosen,folds,mean_accuracy,deviation,scores,"
                  "overrides,reason,tuning,verdict");
        for (std::size_t row = 0; std::getline(stream, line); ++row) {
            ASSERT_LT(row, rows.size());
            const std::string begins =
                fmt::format("{},{},{},{},{},{},{},", rows[row]["family"].get<std::string>(),
                            rows[row]["technique"].get<std::string>(), rows[row]["option"].get<std::string>(),
                            rows[row]["learning_rate"].get<double>(), rows[row]["status"].get<std::string>(),
                            rows[row]["chosen"].get<bool>(), rows[row]["scores"].size());
            EXPECT_EQ(line.substr(0, begins.size()), begins);
        }
        EXPECT_EQ(lines(csv.output), static_cast<std::ptrdiff_t>(rows.size()) + 1);
    }
}

TEST_F(StudyCommand, LooksOnlyAtStudies) {
    for (const Texts& look : std::vector<Texts>{{"--status"}, {"--list"}, {"--export", "csv"}}) {
        Texts arguments = {"study", folder_.path()};
        arguments.insert(arguments.end(), look.begin(), look.end());
        const ProgramEnd end = run(arguments);
        EXPECT_EQ(end.status, 3);
        EXPECT_TRUE(contains(end.output, "no study (it has no study.sqlite); start one with 'inkling study'"));
        EXPECT_EQ(lines(end.output), 1);
    }
    EXPECT_EQ(run(studying("nowhere", {"--status"})).status, 3);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "nowhere"));
    std::filesystem::create_directory(folder_ / "damaged");
    write_file(store_path("damaged"), std::string(5000, 'x'));
    const ProgramEnd damaged = run(studying("damaged", {"--status"}));
    EXPECT_EQ(damaged.status, 3);
    EXPECT_TRUE(contains(damaged.output, "study.sqlite: damaged, or not a study's database"));
    EXPECT_EQ(run(studying("damaged")).status, 3);
}

TEST_F(StudyCommand, RefusesWrongUsageInOneLine) {
    const auto refused = [&](const Texts& arguments, const std::string& why) {
        const ProgramEnd end = run(arguments);
        EXPECT_EQ(end.status, 2) << end.output;
        EXPECT_EQ(lines(end.output), 1) << end.output;
        EXPECT_TRUE(contains(end.output, why));
    };
    refused(studying("out", {"--budget", "tiny"}), "quick");
    for (const char* time : {"soon", "10", "59s", "-5m", "5m1h"})
        refused(studying("out", {"--time", time}), "expected a time of 1m or more, such as 90s, 10m or 1h30m");
    refused(studying("out", {"--time", ""}), "--time: is empty");
    refused(studying("out", {"--budget", "full"}), "budgets.full");
    refused(studying("out", {"--strategy", "genetic"}), "sequential");
    refused(studying("out", {"--export", "xml"}), "csv");
    refused(studying("out", {"--budgt", "quick"}), "--budgt");
    refused(studying("out", {"--seed", "-1"}), "--seed");
    refused(studying("out", {"--seed", "9007199254740992"}), "--seed");  // trainings count on from it
    refused({"study", "nothing.toml", "--data", ".", "--split", "toy"}, "nothing.toml");
    write_file(folder_ / "toy.toml", kStudyHead +
                                         "[[techniques]]\nname = \"a\"\nkey = \"network.activasion\"\n"
                                         "values = [\"relu\"]\n");
    refused(studying("out"), "activasion");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
}

TEST_F(StudyCommand, TrainsTheBaselineAloneWhereThereAreNoTechniques) {
    write_file(folder_ / "toy.toml", "techniques = []\n" + kStudyHead);
    const ProgramEnd end = run(studying("out"));
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "cnn  baseline on the test part: "));
}

TEST_F(StudyCommand, ExploresAtRandomAndByGrid) {
    for (const char* strategy : {"random", "grid"}) {
        const ProgramEnd end = run(studying(strategy, {"--strategy", strategy, "--threads", "2"}));
        EXPECT_EQ(end.status, 0) << end.output;
        EXPECT_TRUE(contains(end.output, fmt::format("strategy {}", strategy)));
        EXPECT_TRUE(contains(end.output, "mlp  combinations: "));
        EXPECT_TRUE(contains(end.output, "cnn  best on the test part: "));
    }
}

TEST_F(StudyCommand, ProposesCombinationsByTheScoresBefore) {
    write_file(folder_ / "ranged.toml", R"(strategy = "tpe"
samples = 12
batch = 6
[budgets.quick]
folds = 2
final_seeds = 1
epochs = { mlp = 1 }
final_epochs = { mlp = 1 }
[families.mlp]
baseline = "mlp.toml"
[[techniques]]
name = "learning rate"
key = "optimizer.learning_rate"
range = [1e-4, 1e-1]
scale = "log"
)");
    const auto study = [&](const std::string& out, const Texts& options) {
        Texts command{
            "study",      folder_ / "ranged.toml", "--data", folder_.path().string(), "--split", "toy", "--out",
            folder_ / out};
        command.insert(command.end(), options.begin(), options.end());
        return run(command);
    };
    const ProgramEnd end = study("ranged", {});
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "strategy tpe"));
    EXPECT_TRUE(contains(end.output, "mlp  combinations 1 to 6: "));
    EXPECT_TRUE(contains(end.output, "mlp  combinations 7 to 12: "));
    const ProgramEnd refused = study("grid", {"--strategy", "grid"});
    EXPECT_EQ(refused.status, 2);
    EXPECT_TRUE(contains(refused.output, "\"learning rate\" of mlp is a range, which strategy grid cannot try"));
}

TEST_F(StudyCommand, TrainsWhatIsPreferredAtTheEnd) {
    const ProgramEnd end = run(studying("small", {"--prefer", "small", "--threads", "2"}));
    ASSERT_EQ(end.status, 0) << end.output;
    const json study = read_json(folder_ / "small" / "report.json")["study"];
    EXPECT_EQ(study["prefer"], "small");
    std::vector<int> finals(study["families"].size(), 0);
    for (const json& one : study["trade_off"]["configurations"])
        if (one["final"] == true) ++finals[one["family"].get<std::size_t>()];
    EXPECT_EQ(finals, (std::vector<int>{1, 1}));
    EXPECT_FALSE(study["trade_off"]["fronts"]["seconds"].empty());
}

TEST_F(StudyCommand, NeedsATestPartBeforeItTrains) {
    std::filesystem::remove(folder_ / "emnist-toy-test-images-idx3-ubyte.gz");
    std::filesystem::remove(folder_ / "emnist-toy-test-labels-idx1-ubyte.gz");
    const ProgramEnd end = run(studying("out"));
    EXPECT_EQ(end.status, 3);
    EXPECT_TRUE(contains(end.output, "split toy has no test part, which a study ends with"));
    EXPECT_FALSE(std::filesystem::exists(store_path("out")));
}

TEST_F(StudyCommand, DoesNotReadTheTestPartBeforeAllTrainingsAreDone) {
    ASSERT_EQ(run(studying("whole", {"--quiet"})).status, 0);
    const auto images = folder_ / "emnist-toy-test-images-idx3-ubyte.gz";
    const std::vector<std::byte> good = read_file(images);
    write_file(images, "damaged");
    const ProgramEnd end = run(studying("out"));
    EXPECT_EQ(end.status, 3) << end.output;
    EXPECT_TRUE(contains(end.output, "emnist-toy-test-images-idx3-ubyte.gz"));
    EXPECT_EQ(number("out", "SELECT COUNT(*) FROM folds WHERE status IN ('pending', 'running')"), 0);
    EXPECT_EQ(number("out", "SELECT COUNT(*) FROM folds WHERE role IN ('best', 'baseline') AND status = 'finished'"),
              8);
    EXPECT_EQ(number("out", "SELECT COUNT(*) FROM folds WHERE role IN ('best', 'baseline') AND accuracy > 0"), 0);
    const FinishedRows rows = finished_rows("out");

    write_file(images, good);
    const ProgramEnd mended = run(studying("out"));
    EXPECT_EQ(mended.status, 0) << mended.output;
    EXPECT_TRUE(contains(mended.output, "cnn  best on the test part: "));
    EXPECT_EQ(finished_rows("out").size(), rows.size());
    EXPECT_EQ(end_of("out"), end_of("whole"));
}

}  // namespace
}  // namespace inkling
