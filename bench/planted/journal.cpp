#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <fstream>

#include "core/files.h"
#include "core/hash.h"
#include "study/folder_job_store.h"
#include "temporary_folder.h"

// How long a worker takes to catch up with a study of so many trainings that were shared through a folder:
//   planted_journal [TRAININGS]

namespace inkling {
namespace {

constexpr int kIndices = 1000;  // of each configuration

/// Writes what workers would have written, without waiting for the disk as they do.
class PlantedJournal {
  public:
    explicit PlantedJournal(const std::filesystem::path& shared) : journal_(shared) {}

    void add(JournalFact fact) {
        const std::string text = to_json_text({.after = after_,
                                               .writer = fmt::format("planted#{}", ++entries_),
                                               .date = entries_,
                                               .fact = std::move(fact)});
        std::ofstream(journal_.path_of(entries_)) << text;
        after_ = sha256(std::as_bytes(std::span(text)));
    }
    std::int64_t entries() const { return entries_; }

  private:
    Journal journal_;
    std::int64_t entries_ = 0;
    std::string after_;
};

void add_trainings(PlantedJournal& journal, int trainings) {
    const std::string recipe(2000, 'r');
    for (int first = 0; first < trainings; first += 100) {
        JobsWanted wanted;
        for (int i = first; i < std::min(first + 100, trainings); ++i)
            wanted.jobs.push_back({.family = "mlp",
                                   .candidate = {.overrides = {"network.activation=relu"}, .learning_rate = 0.1},
                                   .key = fmt::format("key{}", i / kIndices),
                                   .recipe = recipe,
                                   .index = i % kIndices});
        journal.add(wanted);
    }
    const std::vector<EpochRecord> history(10, {.epoch = 0, .learning_rate = 0.1, .train_loss = 1.0 / 3, .seconds = 1});
    for (int job = 1; job <= trainings; ++job) {
        const JobClaim claim{.job = job, .claim = fmt::format("machine/1/2#{}", job)};
        JobFinished finished{.by = claim, .score = {.accuracy = 0.9, .loss = 1.0 / 3, .history = history}, .run = {}};
        int epoch = 0;
        for (EpochRecord& record : finished.score.history) record.epoch = ++epoch;
        journal.add(JobTaken{.lost = {}, .taken = claim});
        journal.add(finished);
    }
}

double seconds_of(const std::function<void()>& work) {
    const auto begun = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

void measure(int trainings) {
    const TemporaryFolder folder;
    PlantedJournal journal(folder / "shared");
    add_trainings(journal, trainings);
    std::filesystem::create_directory(folder / "own");
    const auto open = [&] { const FolderJobStore store({folder / "own"}, folder / "shared"); };
    const double joined = seconds_of(open);
    fmt::print("{} entries of {} trainings with 10 epochs: caught up with in {:.1f} s, {:.0f} a second\n",
               journal.entries(), trainings, joined, static_cast<double>(journal.entries()) / joined);
    fmt::print("opened again in {:.0f} ms\n", 1000 * seconds_of(open));
    const double counted = seconds_of([&] { Journal(folder / "shared").count(); });
    fmt::print("looked through for what is missing or foreign in {:.0f} ms\n", 1000 * counted);
    FolderJobStore store({folder / "own"}, folder / "shared");
    const Job job{.family = "mlp", .candidate = {}, .key = "one", .recipe = "more"};
    store.want({&job, 1});
    constexpr int kChanges = 200;
    const double changed = seconds_of([&] {
        for (int i = 0; i < kChanges / 2; ++i)
            store.release(store.claim("here/1/2#1").value().id, "here/1/2#1", Release::kUntouched);
    });
    fmt::print("a change takes {:.2f} ms\n", 1000 * changed / kChanges);
}

}  // namespace
}  // namespace inkling

int main(int argc, char** argv) {
    inkling::measure(argc > 1 ? std::max(std::atoi(argv[1]), 1) : 25'000);
    return 0;
}
