#include "study/folder_job_store.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "child_process.h"
#include "core/files.h"
#include "core/hash.h"
#include "mutations.h"
#include "planted_entries.h"
#include "refusal.h"
#include "study/owner.h"
#include "study/shared_runs.h"
#include "study/study_database.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

using std::chrono::seconds;

/// All that a worker's copy says, but for when it last heard of whom.
std::vector<std::string> rows_of(const StudyFolder& folder) {
    Database database(folder.store(), Database::Mode::kRead);
    std::vector<std::string> rows;
    for (const auto& [table, columns] : {std::pair{"studies", 14}, std::pair{"trials", 5}, std::pair{"folds", 17},
                                         std::pair{"epochs", 9}, std::pair{"decisions", 9}, std::pair{"runs", 2}}) {
        Statement row = database.prepare(fmt::format("SELECT * FROM {} ORDER BY rowid", table));
        while (row.step()) {
            std::string text = table;
            for (int column = 0; column < columns; ++column) text += "|" + row.text(column);
            rows.push_back(text);
        }
    }
    return rows;
}

class FolderJobStoreTest : public testing::Test {
  protected:
    FolderJobStoreTest() {
        for (const char* name : {"a", "b", "c"}) make_folder(folder_ / name);
    }

    std::filesystem::path shared() const { return folder_ / "shared"; }
    StudyFolder own(const std::string& worker) const { return {folder_ / worker}; }
    /// The store of a worker, with what it knows now.
    std::unique_ptr<FolderJobStore> open(const std::string& worker) const {
        return std::make_unique<FolderJobStore>(own(worker), shared(), [this] { return time_; });
    }

    /// Writes the next entry as a worker of any kind may.
    void append(const std::string& fact_text) const {
        const Journal journal(shared());
        const std::int64_t last = journal.count();
        std::string after;
        if (last > 0) {
            const std::string before = journal.read(last).value();
            after = sha256(std::as_bytes(std::span(before)));
        }
        ASSERT_TRUE(journal.append(
            last + 1, fmt::format(R"({{"after":"{}","writer":"w{}","date":7,{}}})", after, last, fact_text)));
    }

    TemporaryFolder folder_;
    std::chrono::nanoseconds time_{seconds(1000)};
};

/// `"want":{...}` of an entry.
std::string fact_text(const JournalFact& fact) {
    std::string text = to_json_text({.after = {}, .writer = {}, .date = 0, .fact = fact});
    const std::string head = R"("date":0,)";
    text = text.substr(text.find(head) + head.size());
    return text.substr(0, text.rfind('}'));
}

TEST_F(FolderJobStoreTest, GivesAllWorkersTheSameStudy) {
    const auto a = open("a");
    const auto b = open("b");
    a->begin({.record = toy_record(toy_study()), .origin = toy_origin()});
    StudyRecord other = toy_record(toy_study());
    other.split = "another";
    b->begin({.record = other, .origin = toy_origin()});
    RandomStream random(1, Purpose::kBenchmark);
    std::vector<std::pair<std::int64_t, std::string>> held;
    int key = 0;
    for (int step = 0; step < 150; ++step) {
        FolderJobStore& store = random.below(2) == 0 ? *a : *b;
        const auto kind = random.below(6);
        const std::string name = random.below(8) == 0 ? "gone/1/2" : fmt::format("{}#{}", this_owner(), step);
        if (kind == 0) {
            store.want(std::vector{job_of(std::string(1, static_cast<char>('a' + key % 26)), key / 26),
                                   job_of("final", key, Role::kBestCurve)});
            ++key;
        } else if (kind <= 2) {
            if (const auto job = store.claim(name)) held.emplace_back(job->id, name);
        } else if (!held.empty()) {
            const auto [job, claim] = held.back();
            held.pop_back();
            if (kind == 3) store.finish(job, claim, {.accuracy = 1.0 / (step + 1), .loss = 1, .history = two_epochs()});
            if (kind == 4) store.fail(job, claim, "diverged");
            if (kind == 5) store.release(job, claim, Release::kLost);
        }
        time_ += seconds(10);
    }
    open("a");
    open("b");
    open("c");
    const std::vector<std::string> rows = rows_of(own("a"));
    EXPECT_GT(rows.size(), 60u);
    EXPECT_EQ(rows_of(own("b")), rows);
    EXPECT_EQ(rows_of(own("c")), rows);
    Database database(own("b").store(), Database::Mode::kRead);
    EXPECT_EQ(read_study_record(database).split, "toy");
}

TEST_F(FolderJobStoreTest, DoesWhatAnEntrySaysWhoseWriterWasKilledBeforeItDidSo) {
    const auto a = open("a");
    const Job job = job_of("a", 0);
    a->want({&job, 1});
    // As the worker of `a` would have: its entry is there, its copy knows nothing of it.
    append(fact_text(JobTaken{.lost = {}, .taken = JobClaim{.job = 1, .claim = this_owner()}}));
    EXPECT_TRUE(open("a")->finish(1, this_owner(), {.accuracy = 0.5, .loss = 1}));
    EXPECT_EQ(open("b")->counts().finished, 1);
}

TEST_F(FolderJobStoreTest, LetsAWorkerThatStalledGoOnWithOtherWork) {
    const Job jobs[] = {job_of("a", 0), job_of("b", 0)};
    const auto a = open("a");
    const auto b = open("b");
    a->want(jobs);
    const std::string stalled = "another-machine/1/2#3";
    const auto id = a->claim(stalled).value().id;
    const std::string mine = fmt::format("{}#1", this_owner());
    EXPECT_EQ(b->claim(mine).value().job.key, "b");
    EXPECT_FALSE(b->claim(mine));
    time_ += kClaimLifetime - seconds(5);
    EXPECT_TRUE(a->renew(id, stalled));
    EXPECT_FALSE(b->claim(mine));
    time_ += kClaimLifetime - seconds(10);
    EXPECT_FALSE(b->claim(mine));
    time_ += seconds(20);  // in which it was asleep
    EXPECT_EQ(b->claim(mine).value().id, id);

    std::this_thread::sleep_for(std::chrono::milliseconds(250));  // until it looks
    EXPECT_FALSE(a->renew(id, stalled));
    EXPECT_FALSE(a->finish(id, stalled, {.accuracy = 0.1, .loss = 1}));
    EXPECT_TRUE(b->finish(id, mine, {.accuracy = 0.9, .loss = 1}));
    const Job more = job_of("c", 0);
    b->want({&more, 1});
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    EXPECT_EQ(a->claim("another-machine/1/2#4").value().job.key, "c");
    const FoldName name{"a", 0};
    EXPECT_EQ(find_scores(*a, {&name, 1})[0].value().accuracy, 0.9);
}

TEST_F(FolderJobStoreTest, DecidesAnewWhereAnotherEntryCameFirst) {
    const Job jobs[] = {job_of("a", 0), job_of("b", 0)};
    const auto a = open("a");
    a->want(jobs);
    const auto b = open("b");
    const std::string mine = this_owner();
    // Neither looks again at once, so that one of them decides by old news.
    for (int times = 0; times < 2; ++times) {
        const std::int64_t first = a->counts().pending;
        const auto one = a->claim(mine + "#1");
        const auto two = b->claim(mine + "#2");
        if (first == 2) {
            EXPECT_NE(one.value().id, two.value().id);
        } else {
            EXPECT_FALSE(one || two);
        }
    }
}

TEST_F(FolderJobStoreTest, SharesNothingThatOthersCouldNotRead) {
    const auto a = open("a");
    const Job job = job_of("../elsewhere", 0);
    EXPECT_TRUE(contains(data_refusal([&] { a->want({&job, 1}); }), "key is no configuration's"));
    Job huge = job_of("a", 0);
    huge.recipe.assign(kMostEntryBytes, 'x');
    EXPECT_TRUE(contains(data_refusal([&] { a->want({&huge, 1}); }), "it has more than"));
    EXPECT_EQ(Journal(shared()).count(), 0);
    EXPECT_EQ(open("b")->counts().pending, 0);
}

TEST_F(FolderJobStoreTest, GrowsByNoSignsOfLife) {
    const auto a = open("a");
    const Job job = job_of("a", 0);
    a->want({&job, 1});
    const auto id = a->claim(kElsewhere).value().id;
    const std::int64_t entries = a->entries();
    for (int times = 0; times < 5; ++times) {
        time_ += seconds(10);
        EXPECT_TRUE(a->renew(id, kElsewhere));
    }
    EXPECT_EQ(Journal(shared()).count(), entries);
    const auto files = [&] { return std::distance(std::filesystem::directory_iterator(shared() / "workers"), {}); };
    EXPECT_EQ(files(), 1);
}

TEST_F(FolderJobStoreTest, TellsJournalsThatGrewApart) {
    const Job job = job_of("a", 0);
    open("a")->want({&job, 1});
    // A copy of the folder that somebody else went on with.
    std::filesystem::copy(shared(), folder_ / "copied", std::filesystem::copy_options::recursive);
    open("a")->claim(this_owner());
    FolderJobStore(own("b"), folder_ / "copied").claim(kElsewhere);
    FolderJobStore(own("b"), folder_ / "copied").claim(kElsewhere);
    const std::string parted = usage_refusal([&] { FolderJobStore(own("b"), shared()); });
    EXPECT_TRUE(contains(parted, "its study is shared through another folder than")) << parted;
    EXPECT_TRUE(contains(parted, "(entry 2 of its journal differs)"));
    // What a synchronising program makes of the two.
    FolderJobStore(own("a"), shared()).fail(1, this_owner(), "x");
    const std::filesystem::path third = Journal(shared()).path_of(3);
    std::filesystem::copy(Journal(folder_ / "copied").path_of(2), third,
                          std::filesystem::copy_options::overwrite_existing);
    EXPECT_TRUE(contains(data_refusal([&] { open("c"); }), "0000000003.json: does not follow the entry before it"));
}

TEST_F(FolderJobStoreTest, RefusesAStudyOfItsOwnAndAJournalThatWasBegunAnew) {
    begin_toy_study(own("a"), toy_study());
    EXPECT_TRUE(contains(usage_refusal([&] { open("a"); }), "was begun without --worker and is not shared"));
    const Job job = job_of("a", 0);
    open("b")->want({&job, 1});
    std::filesystem::remove_all(shared());
    EXPECT_TRUE(contains(usage_refusal([&] { open("b"); }), "(entry 1 of its journal is not there)"));
    Database database(own("b").store(), Database::Mode::kRead);
    EXPECT_EQ(shared_folder_of(database), shared());
}

TEST_F(FolderJobStoreTest, ReadsWhatBeganTheStudyThatIsShared) {
    EXPECT_FALSE(read_shared_study(shared()));
    open("a")->begin({.record = toy_record(toy_study()), .origin = toy_origin()});
    EXPECT_EQ(read_shared_study(shared()).value().record.recipe, to_toml(toy_study()));
    const Job job = job_of("a", 0);
    FolderJobStore(own("b"), folder_ / "other").want({&job, 1});
    EXPECT_TRUE(contains(data_refusal([&] { read_shared_study(folder_ / "other"); }), "begins no study"));
}

/// Leaves more that can be read than damage of any kind.
std::string with_other_digits(std::string text, RandomStream& random) {
    for (char& c : text)
        if (c >= '0' && c <= '9' && random.below(4) == 0) c = static_cast<char>('0' + random.below(10));
    return text;
}

std::string mutated(const std::string& text, RandomStream& random) {
    const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
    Bytes bytes(begin, begin + text.size());
    mutate(bytes, random);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What a training leaves in its folder, as far as packing looks at it.
void write_run(const RunFolder& run, const std::string& model) {
    make_folder(run.path);
    for (const auto& path : {run.recipe(), run.record(), run.history()}) write_file(path, path.filename().string());
    write_file(run.model(), model);
    write_file(run.metrics(), "{}");
}

TEST_F(FolderJobStoreTest, BringsFinishedRunsToWhoLacksThem) {
    const std::string model = std::string("weights\0of\xff", 11) + std::string(100'000, 'w');
    const Job jobs[] = {job_of("a", 0, Role::kBest), job_of("a", 1, Role::kConfirm), job_of("a", 0)};
    const auto a = open("a");
    a->want(jobs);
    while (const auto job = a->claim(this_owner())) {
        if (const auto run = run_of(own("a"), job->job)) write_run(*run, model);
        EXPECT_TRUE(a->finish(job->id, this_owner(), {.accuracy = 0.5, .loss = 1}));
    }
    make_folder(own("b").run("mlp", Role::kBest, 0).checkpoint().parent_path());
    write_file(own("b").run("mlp", Role::kBest, 0).checkpoint(), "of a training that another worker ended");
    open("b")->fetch_runs();
    for (const RunFolder& run : {own("b").run("mlp", Role::kBest, 0), own("b").confirming_run("mlp", "a", 1)}) {
        EXPECT_EQ(read_text(run.model()), model);
        EXPECT_EQ(read_text(run.record()), "record.json");
        EXPECT_TRUE(std::filesystem::exists(run.metrics()));
        EXPECT_FALSE(std::filesystem::exists(run.predictions()));
        EXPECT_FALSE(std::filesystem::exists(run.checkpoint()));
    }
    write_file(own("b").run("mlp", Role::kBest, 0).metrics(), "tested");
    open("b")->fetch_runs();
    EXPECT_EQ(read_text(own("b").run("mlp", Role::kBest, 0).metrics()), "tested");
}

TEST_F(FolderJobStoreTest, NamesAPackedRunThatIsDamagedOrMissing) {
    const RunFolder run = own("a").run("mlp", Role::kBest, 0);
    write_run(run, "weights");
    const std::string hash = share_run(shared(), run);
    const std::filesystem::path packed = shared() / "runs" / (hash + ".run");
    const RunFolder there = own("b").run("mlp", Role::kBest, 0);
    const Bytes whole = read_file(packed);
    write_file(packed, std::span(whole).first(whole.size() / 2));
    EXPECT_TRUE(contains(data_refusal([&] { fetch_run(shared(), hash, there); }), "damaged or half copied"));
    // Of somebody who knows how to compute a hash.
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(soaked(40)); ++i) {
        RandomStream random(1, Purpose::kBenchmark, i);
        Bytes changed = whole;
        mutate(changed, random);
        const std::string its_hash = sha256(changed);
        write_file(shared() / "runs" / (its_hash + ".run"), changed);
        const RunFolder one = own("b").run("mlp", Role::kBest, static_cast<int>(i));
        try {
            fetch_run(shared(), its_hash, one);
        } catch (const Error& error) {
            EXPECT_EQ(error.status(), ExitStatus::kData) << error.what();
            EXPECT_FALSE(std::filesystem::exists(one.metrics()));
        }
        std::filesystem::remove(shared() / "runs" / (its_hash + ".run"));
    }
    const std::string deep(10'000'000, '\x91');  // lists of one list each: deeper than any stack
    const std::string its_hash = sha256(std::as_bytes(std::span(deep)));
    write_file(shared() / "runs" / (its_hash + ".run"), deep);
    EXPECT_TRUE(contains(data_refusal([&] { fetch_run(shared(), its_hash, there); }), "damaged or half copied"));
    std::filesystem::remove(packed);
    EXPECT_TRUE(contains(data_refusal([&] { fetch_run(shared(), hash, there); }), "cannot open"));
    EXPECT_FALSE(std::filesystem::exists(there.metrics()));
}

TEST_F(FolderJobStoreTest, TakesDamagedEntriesForNothingOrRefusesThem) {
    std::vector<std::string> texts;
    for (const JournalFact& fact : planted_facts()) texts.push_back(fact_text(fact));
    int refused = 0;
    const int times = soaked(20);
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(times); ++i) {
        RandomStream random(2, Purpose::kBenchmark, i);
        std::filesystem::remove_all(shared());
        std::filesystem::remove_all(own("a").path);
        make_folder(own("a").path);
        const std::size_t damaged = random.below(static_cast<std::uint32_t>(texts.size()));
        for (std::size_t entry = 0; entry <= damaged; ++entry) {
            std::string text = texts[entry];
            if (entry == damaged) text = i % 2 == 0 ? with_other_digits(text, random) : mutated(text, random);
            append(text);
        }
        try {
            const auto store = open("a");
            store->claim(this_owner());
        } catch (const Error& error) {
            ++refused;
            EXPECT_EQ(error.status(), ExitStatus::kData) << error.what();
            EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
        }
    }
    EXPECT_GT(refused, 0);
    EXPECT_LT(refused, times);
}

}  // namespace
}  // namespace inkling
