#include <fmt/ranges.h>
#include <sys/mount.h>

#include <cstdlib>
#include <set>

#include "core/random.h"
#include "refusal.h"
#include "soak.h"
#include "study/journal.h"
#include "study/journal_entry.h"
#include "toy_study_command.h"

namespace inkling {
namespace {

std::ptrdiff_t lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

/// Workers of one study, each with a folder of its own.
class StudyWorkers : public StudyCommand {
  protected:
    Texts working(const std::string& out, const Texts& more = {}) const {
        Texts arguments = studying(out, {"--worker", shared(), "--threads", "1"});
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }

    std::filesystem::path shared() const { return folder_ / "shared"; }

    std::unique_ptr<Program> start(const std::string& worker, const Texts& more = {"--quiet"}) const {
        const std::filesystem::path place = folder_ / ("of-" + worker);
        std::filesystem::create_directories(place);
        return std::make_unique<Program>(place, working(worker, more));
    }

    /// The one line that `inkling study` on `arguments` ends with.
    std::string refusal(int status, const Texts& arguments) const {
        const ProgramEnd end = run(arguments);
        EXPECT_EQ(end.status, status) << end.output;
        EXPECT_EQ(lines(end.output), 1) << end.output;
        return end.output;
    }

    /// How often each training was ended, of those that were.
    std::map<std::int64_t, int> ends() const {
        std::map<std::int64_t, int> ends;
        const Journal journal(shared());
        for (std::int64_t number = journal.count(); number > 0; --number) {
            const JournalFact fact = parse_journal_entry(journal.read(number).value(), "entry").fact;
            if (const auto* finished = std::get_if<JobFinished>(&fact)) ++ends[finished->by.job];
            if (const auto* failed = std::get_if<JobFailed>(&fact)) ++ends[failed->by.job];
        }
        return ends;
    }

    void expect_each_training_ended_once() const {
        for (const auto& [job, times] : ends()) EXPECT_EQ(times, 1) << "training " << job;
    }
};

TEST_F(StudyWorkers, EndWithTheNumbersOfOneProcessAlone) {
    ASSERT_EQ(run(studying("alone", {"--quiet", "--threads", "2"})).status, 0);
    const StudyEnd alone = end_of("alone");
    const Texts names = {"a", "b", "c", "d"};
    std::vector<std::unique_ptr<Program>> programs;
    for (const std::string& name : names) programs.push_back(start(name, {}));
    for (const auto& program : programs) {
        const ProgramEnd end = program->wait();
        EXPECT_EQ(end.status, 0) << end.output;
        EXPECT_TRUE(contains(end.output, fmt::format("shared through {}: ", shared().string())));
        EXPECT_TRUE(contains(end.output, "cnn  best on the test part: "));
    }
    for (const std::string& name : names) {
        EXPECT_EQ(end_of(name), alone);
        EXPECT_TRUE(std::filesystem::exists(folder_ / name / "report.html"));
    }
    EXPECT_EQ(static_cast<std::int64_t>(ends().size()), number("alone", "SELECT COUNT(*) FROM folds"));
    expect_each_training_ended_once();
}

TEST_F(StudyWorkers, AreNotChangedByBeingKilledAtRandomMoments) {
    ASSERT_EQ(run(studying("alone", {"--quiet", "--threads", "2"})).status, 0);
    const StudyEnd alone = end_of("alone");
    const int most_kills = soaked(4);
    RandomStream random(3, Purpose::kBenchmark);
    int kills = 0;
    for (int study = 0; kills < most_kills; ++study) {
        std::filesystem::remove_all(shared());
        const Texts names = {fmt::format("a{}", study), fmt::format("b{}", study)};
        std::set<std::string> done;
        while (done.size() < names.size()) {
            std::map<std::string, std::unique_ptr<Program>> programs;
            for (const std::string& name : names)
                if (!done.contains(name)) programs[name] = start(name);
            for (auto& [name, program] : programs)
                if (kills < most_kills && random.below(4) > 0) {
                    const std::filesystem::path wal = store_path(name).string() + "-wal";
                    program->wait_for_writes(wal, 1 + static_cast<int>(random.below(40)));
                    std::this_thread::sleep_for(std::chrono::microseconds(random.below(30'000)));
                    program->signal(SIGKILL);
                }
            for (auto& [name, program] : programs) {
                const ProgramEnd end = program->wait();
                if (end.status == 0) done.insert(name);
                if (end.status == 0) continue;
                ASSERT_EQ(end.status, 128 + SIGKILL) << end.output;
                ++kills;
            }
        }
        for (const std::string& name : names) EXPECT_EQ(end_of(name), alone);
        expect_each_training_ended_once();
    }
}

TEST_F(StudyWorkers, LeaveAStudyThatTheNextOneGoesOnWith) {
    std::unique_ptr<Program> first = start("first");
    ASSERT_TRUE(first->wait_for_writes(store_path("first").string() + "-wal", 20));
    first->signal(SIGINT);
    const ProgramEnd end = first->wait();
    EXPECT_EQ(end.status, 130) << end.output;
    EXPECT_TRUE(contains(end.output, fmt::format("go on with 'inkling study {} --worker {}'",
                                                 (folder_ / "first").string(), shared().string())));
    EXPECT_EQ(number("first", "SELECT COUNT(*) FROM folds WHERE status = 'running'"), 0);
    EXPECT_TRUE(contains(refusal(2, {"study", folder_ / "first"}), "this study is shared; go on with --worker /"));

    // Who joins needs the data and the folder.
    const ProgramEnd second = run({"study", "--worker", shared(), "--data", folder_.path(), "--out", folder_ / "second",
                                   "--threads", "2", "--quiet"});
    EXPECT_EQ(second.status, 0) << second.output;
    ASSERT_EQ(run(studying("alone", {"--quiet", "--threads", "2"})).status, 0);
    EXPECT_EQ(end_of("second"), end_of("alone"));
    const ProgramEnd status = run({"study", folder_ / "first", "--worker", shared(), "--status"});
    EXPECT_TRUE(contains(status.output, " 0 running, 0 waiting; ")) << status.output;
    EXPECT_EQ(run({"study", folder_ / "first", "--worker", shared(), "--quiet"}).status, 0);
    EXPECT_EQ(end_of("first"), end_of("alone"));
}

TEST_F(StudyWorkers, WithATimeAreSizedByTheFirst) {
    const Texts time = {"--time", "1m", "--family", "mlp"};
    for (const char* name : {"first", "second"}) {
        std::unique_ptr<Program> program = start(name, time);
        ASSERT_TRUE(program->wait_for_output("shared through "));
        program->signal(SIGINT);
        const ProgramEnd end = program->wait();
        EXPECT_EQ(end.status, 130) << end.output;
        EXPECT_EQ(end.output.find("measuring this machine") != std::string::npos, name == std::string("first"));
    }
    const std::string sized = read_text(folder_ / "first" / "study.toml");
    EXPECT_EQ(read_text(folder_ / "second" / "study.toml"), sized);
    if (std::getenv("INKLING_SOAK") == nullptr) return;
    std::unique_ptr<Program> first = start("first", time);
    std::unique_ptr<Program> second = start("second", time);
    EXPECT_EQ(first->wait().status, 0);
    EXPECT_EQ(second->wait().status, 0);
    EXPECT_EQ(end_of("first"), end_of("second"));
}

TEST_F(StudyWorkers, RefuseWhatIsAnotherStudyInOneLine) {
    std::unique_ptr<Program> first = start("first");
    ASSERT_TRUE(first->wait_for_writes(store_path("first").string() + "-wal", 20));
    first->signal(SIGKILL);
    ASSERT_EQ(first->wait().status, 128 + SIGKILL);
    EXPECT_TRUE(contains(refusal(2, working("a", {"--seed", "2"})), "was 'seed = 1' and is now 'seed = 2'"));
    EXPECT_TRUE(contains(refusal(2, working("b", {"--training-threads", "2"})), "begun with 1 threads a training"));
    write_part(folder_.path(), "toy", "train", tall_images(280, 7), toy_labels(280));
    EXPECT_TRUE(contains(refusal(2, working("c")), "this study was begun with other data: "));

    const std::filesystem::path entry = Journal(shared()).path_of(1);
    std::string text = read_text(entry);
    const std::string key = R"("inkling":")";
    const std::size_t version = text.find(key) + key.size();
    text.replace(version, text.find('"', version) - version, "0.0.1");
    write_file(entry, text);
    EXPECT_TRUE(contains(refusal(2, working("d")), "begun by version 0.0.1, this is "));
}

TEST_F(StudyWorkers, NameWhatIsWrongWithTheSharedFolderInOneLine) {
    EXPECT_TRUE(contains(refusal(3, studying("a", {"--worker", folder_ / "nowhere" / "shared"})),
                         "the folder above it is not there; mount what is shared"));
    std::filesystem::create_directory(shared());
    EXPECT_TRUE(contains(refusal(2, studying("shared/", {"--worker", shared().string() + "/"})),
                         "is this worker's own folder too; name another one with --out"));
    std::unique_ptr<Program> first = start("first");
    ASSERT_TRUE(first->wait_for_writes(store_path("first").string() + "-wal", 20));
    first->signal(SIGINT);
    ASSERT_EQ(first->wait().status, 130);
    const Journal journal(shared());
    write_file(shared() / "journal" / "0000000003.sync-conflict.json", "x");
    EXPECT_TRUE(contains(refusal(3, working("a")), "sync-conflict.json: no entry of a study's journal"));
    std::filesystem::remove(shared() / "journal" / "0000000003.sync-conflict.json");
    const std::string second = read_text(journal.path_of(2));
    write_file(journal.path_of(2), second.substr(0, second.size() / 2));
    EXPECT_TRUE(contains(refusal(3, working("b")), "0000000002.json: no entry of a study's journal ("));
    std::filesystem::remove(journal.path_of(2));
    EXPECT_TRUE(contains(refusal(3, working("c")), "0000000002.json: this entry of the study's journal is missing"));
    // Whose copy is ahead of it.
    std::filesystem::remove_all(shared());
    EXPECT_TRUE(contains(refusal(2, working("first")), "its study is shared through another folder than"));
}

TEST_F(StudyWorkers, EndWithOneLineWhereTheSharedFolderIsFullOrCannotBeWritten) {
    write_file(folder_ / "toy.toml", "techniques = []\n" + kStudyHead);
    // A file system of so many bytes.
    std::filesystem::create_directory(shared());
    if (::mount("none", shared().c_str(), "tmpfs", 0, "size=96k,mode=777") != 0)
        GTEST_SKIP() << "A FILE SYSTEM OF ITS OWN CANNOT BE MADE HERE: what a full one comes to is not tested";
    const ProgramEnd full = run(working("full", {"--quiet"}));
    EXPECT_EQ(full.status, 1) << full.output;
    EXPECT_EQ(lines(full.output), 1) << full.output;
    EXPECT_TRUE(contains(full.output, "No space left on device")) << full.output;
    EXPECT_EQ(::mount("none", shared().c_str(), nullptr, MS_REMOUNT, "size=64m,mode=777"), 0);
    EXPECT_EQ(::mount("none", shared().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
    const ProgramEnd read_only = run(working("full", {"--quiet"}));
    EXPECT_EQ(read_only.status, 1) << read_only.output;
    EXPECT_EQ(lines(read_only.output), 1) << read_only.output;
    EXPECT_TRUE(contains(read_only.output, "(Read-only file system)")) << read_only.output;
    EXPECT_EQ(::mount("none", shared().c_str(), nullptr, MS_REMOUNT, "size=64m,mode=777"), 0);
    EXPECT_EQ(run(working("full", {"--quiet"})).status, 0);
    ASSERT_EQ(run(studying("alone", {"--quiet", "--threads", "2"})).status, 0);
    EXPECT_EQ(end_of("full"), end_of("alone"));
    ::umount2(shared().c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace inkling
