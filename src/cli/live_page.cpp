#include "cli/live_page.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "report/page.h"
#include "report/study_report.h"

namespace inkling::cli {
namespace {

constexpr int kLeastShare = 100;  // of the time between two pages, to that of writing one

void add(JobCounts& counts, const TrainingTally& tally) {
    counts.finished += tally.finished;
    counts.failed += tally.failed;
    counts.pending += tally.waiting();
}

}  // namespace

void LivePage::update(const StudyProgress& progress, const Outlook& outlook, std::optional<double> seconds_left) {
    StudyResults results = study_;
    results.recipe = progress.study;
    for (std::size_t i = 0; i < progress.paths.size(); ++i) {
        results.families.push_back({.family = results.recipe.families[i], .path = progress.paths[i]});
        for (const TrainingTally& tally :
             {progress.tallies[i].folds, progress.tallies[i].finals, progress.tallies[i].confirming}) {
            add(results.counts, tally);
            results.training_seconds += tally.seconds;
        }
    }
    // All that is left is the test, after which the report is whole.
    const bool waits =
        results.counts.pending > 0 || std::any_of(progress.paths.begin(), progress.paths.end(),
                                                  [](const FamilyPath& path) { return !path.settled(); });
    if (!waits) return;
    share_ = outlook.share;
    seconds_left_ = seconds_left;
    write(results, true);
}

void LivePage::stop() {
    if (!written_) return;
    try {
        write(read_results(folder_), false);
    } catch (const Error&) {
        // Why the study stopped is what counts.
    }
}

void LivePage::write(const StudyResults& results, bool running) {
    const auto begun = Clock::now();
    try {
        save_report(
            folder_.path,
            report_unfinished(results, {.folder = folder_.path,
                                        .running = running,
                                        .updated = fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(std::time(nullptr))),
                                        .share = share_,
                                        .seconds_left = seconds_left_}));
        written_ = true;
    } catch (const Error& error) {
        if (!failed_) fmt::print(stderr, "inkling: warning: the page that --watch writes: {}\n", error.what());
        failed_ = true;
    }
    const auto now = Clock::now();
    next_ = now + std::max<Clock::duration>(kLeastPause, kLeastShare * (now - begun));
}

}  // namespace inkling::cli
