#include "cli/study_display.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "cli/study_tables.h"

namespace inkling::cli {
namespace {

constexpr double kRedrawSeconds = 0.1;
constexpr double kTickSeconds = 1;
constexpr int kOutlookRest = 20;  // times as long as an outlook took, until the next

std::size_t decided(const FamilyPath& path) {
    return static_cast<std::size_t>(std::ranges::count_if(path.rounds, &RoundPath::decided));
}

}  // namespace

void StudyDisplay::update(const StudyProgress& progress) {
    const std::lock_guard lock(mutex_);
    std::uint64_t done = 0;
    for (const FamilyTally& tally : progress.tallies)
        done += static_cast<std::uint64_t>(tally.folds.done() + tally.finals.done() + tally.confirming.done());
    if (!bar_) {
        done_before_ = done;
        for (std::size_t i = 0; i < progress.paths.size(); ++i) shown_[i] = decided(progress.paths[i]);
        bar_.emplace("study", 0, "trainings", quiet_);
    }
    show_decided(progress);
    const bool writes = page_ != nullptr && page_->due();
    const Clock::time_point begun = Clock::now();
    if (((quiet_ || since_update() < kRedrawSeconds) && !writes) || begun < rests_until_) return;
    if (study_ != progress.study) {
        study_ = progress.study;
        forecast_ = Forecast(study_);
    }
    const Outlook outlook = forecast_.expect(progress.paths, progress.tallies);
    updated_ = Clock::now();
    rests_until_ = updated_ + kOutlookRest * (updated_ - begun);
    const std::optional<double> seconds_left = time_left_.expect(outlook, workers_, progress.decision);
    bar_->set_total(static_cast<std::uint64_t>(outlook.trainings) - done_before_);
    done_ = done - done_before_;
    share_ = outlook.share.value_or(0);
    last_ = progress.last;
    bar_->set_fraction(share_);
    bar_->update(done_, last_, seconds_left);
    if (writes) page_->update(progress, outlook, seconds_left);
}

void StudyDisplay::tick() {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock || !bar_ || !bar_->due()) return;
    const double seconds = since_update();
    if (seconds < kTickSeconds) return;
    bar_->set_fraction(time_left_.share_later(share_, seconds));
    bar_->update(done_, last_, time_left_.later(seconds));
}

void StudyDisplay::clear() {
    const std::lock_guard lock(mutex_);
    if (bar_) bar_->clear();
}

void StudyDisplay::show_decided(const StudyProgress& progress) {
    for (std::size_t i = 0; i < progress.paths.size(); ++i)
        for (; shown_[i] < decided(progress.paths[i]); ++shown_[i]) {
            bar_->clear();
            const RoundPath& round = progress.paths[i].rounds[shown_[i]];
            if (!quiet_) fmt::print("{}\n", round_line(study_.families[i].name, round));
            std::fflush(stdout);
        }
}

}  // namespace inkling::cli
