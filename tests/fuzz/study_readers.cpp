#include <filesystem>

#include "core/files.h"
#include "core/hash.h"
#include "fuzz/readers.h"
#include "study/job_messages.h"
#include "study/journal_entry.h"
#include "study/planted_entries.h"
#include "study/planted_jobs.h"
#include "study/remote_job_store.h"
#include "study/shared_runs.h"
#include "study/study_recipe.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

/// Baselines are looked for where there are none, so that what is read is in the bytes.
void read_study(std::span<const std::byte> bytes) {
    const std::string written = to_toml(parse_study_recipe(text_of(bytes), "x.toml", "/nowhere", "quick"));
    expect_reading(to_toml(parse_study_recipe(written, "x.toml", "/nowhere", "quick")) == written,
                   "another study when written");
}

std::vector<Bytes> study_seeds() {
    return {bytes_of(to_toml(toy_study())),
            bytes_of(to_toml(read_study_recipe(INKLING_RECIPES "/study.toml", "quick")))};
}

void read_entry(std::span<const std::byte> bytes) {
    const std::string written = to_json_text(parse_journal_entry(text_of(bytes), "x"));
    expect_reading(to_json_text(parse_journal_entry(written, "x")) == written, "another entry when written");
}

std::vector<Bytes> entry_seeds() {
    std::vector<Bytes> entries;
    for (const JournalFact& fact : planted_facts())
        entries.push_back(bytes_of(to_json_text({.after = std::string(64, '0'), .writer = "me#1", .fact = fact})));
    return entries;
}

/// What is asked of a store, and what it answers.
struct Exchange {
    std::vector<Bytes> requests;
    std::vector<Bytes> answers;
};

void call_everything(JobStore& store) {
    const Job job = job_of("c", 2, Role::kConfirm);
    store.want({&job, 1});
    store.renew(1, "me");
    store.claim("you");
    store.finish(1, "me", {.accuracy = 0.5, .loss = 1, .history = two_epochs()});
    store.fail(2, "you", "diverged");
    store.release(2, "you", Release::kUntouched);
    store.scores_since(0);
    store.counts();
    store.tallies();
    store.ended();
    store.decide({.border = 1, .decided = {1, 2}, .rounds = {3, 4}, .confirm = 2, .final_seeds = 3});
    store.last_decision();
}

Exchange some_exchange() {
    const std::unique_ptr<JobStore> served = some_store();
    Exchange exchange;
    RemoteJobStore store([&](const std::string& request) {
        const std::string answer = serve(*served, request, [](std::int64_t, const std::string&) {}).answer;
        exchange.requests.push_back(bytes_of(request));
        exchange.answers.push_back(bytes_of(answer));
        return answer;
    });
    store.send_run(1, "me", "a run");
    call_everything(store);
    return exchange;
}

void read_store_request(std::span<const std::byte> bytes) try {
    serve(*some_store(), text_of(bytes), [](std::int64_t, const std::string&) {});
} catch (const std::out_of_range&) {
    // The store in memory does not know every job's number; the program's say that nothing is held.
}

std::vector<Bytes> store_request_seeds() { return some_exchange().requests; }

/// Each call has an answer of its own form: one that is none of a call's must be refused by that.
void read_store_answer(std::span<const std::byte> bytes) {
    RemoteJobStore store([&](const std::string&) { return text_of(bytes); });
    const std::function<void()> calls[] = {[&] { store.claim("me"); },     [&] { store.renew(1, "me"); },
                                           [&] { store.scores_since(0); }, [&] { store.counts(); },
                                           [&] { store.tallies(); },       [&] { store.ended(); },
                                           [&] { store.decide({}); },      [&] { store.last_decision(); }};
    std::optional<Error> refusal;
    int taken = 0;
    for (const auto& call : calls) try {
            call();
            ++taken;
        } catch (const Error& error) {
            refusal = error;
        }
    if (taken == 0) throw *refusal;
}

std::vector<Bytes> store_answer_seeds() { return some_exchange().answers; }

void read_packed_run(std::span<const std::byte> bytes) {
    const TemporaryFolder folder;
    const std::string hash = sha256(bytes);
    make_folder(folder / "runs");
    write_file(folder / ("runs/" + hash + ".run"), bytes);
    make_folder(folder / "here");
    fetch_run(folder.path(), hash, {folder / "here/run"});
    expect_reading(std::filesystem::exists(folder / "here/run/metrics.json"), "a run that is not finished");
    expect_reading(std::distance(std::filesystem::directory_iterator(folder / "here"), {}) == 1, "a file elsewhere");
}

std::vector<Bytes> packed_run_seeds() {
    const TemporaryFolder folder;
    const RunFolder run{folder / "run"};
    make_folder(run.path);
    for (const auto& path : {run.recipe(), run.record(), run.history(), run.model(), run.metrics()})
        write_file(path, path.filename().string());
    return {read_file(folder / ("runs/" + share_run(folder.path(), run) + ".run"))};
}

}  // namespace

std::vector<OutsideReader> study_readers() {
    return {{"study", ExitStatus::kUsage, read_study, study_seeds},
            {"journal-entry", ExitStatus::kData, read_entry, entry_seeds},
            {"store-request", ExitStatus::kFailed, read_store_request, store_request_seeds},
            {"store-answer", ExitStatus::kFailed, read_store_answer, store_answer_seeds},
            {"packed-run", ExitStatus::kData, read_packed_run, packed_run_seeds}};
}

}  // namespace inkling
