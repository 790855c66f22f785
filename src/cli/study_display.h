#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cli/live_page.h"
#include "core/progress.h"
#include "study/outlook.h"
#include "study/study.h"
#include "study/time_left.h"

namespace inkling::cli {

/// Shows a study as it goes: a bar over its trainings, a line for each technique that is decided.
class StudyDisplay {
  public:
    /// `page`, if any, is written now and then; it must outlive this.
    StudyDisplay(const StudyRecipe& study, int workers, bool quiet, LivePage* page)
        : study_(study), workers_(workers), quiet_(quiet), page_(page), shown_(study.families.size()) {}

    void update(const StudyProgress& progress);

    /// Counts down while trainings run. May be called by any thread, and often.
    void tick();

    void clear();

  private:
    using Clock = std::chrono::steady_clock;

    void show_decided(const StudyProgress& progress);
    double since_update() const { return std::chrono::duration<double>(Clock::now() - updated_).count(); }

    StudyRecipe study_;  // as decided last
    Forecast forecast_{study_};
    int workers_;
    bool quiet_;
    LivePage* page_;
    std::vector<std::size_t> shown_;  // of each family: rounds
    std::uint64_t done_before_ = 0;
    std::mutex mutex_;  // for what follows
    std::optional<Progress> bar_;
    TimeLeft time_left_;
    Clock::time_point updated_;
    Clock::time_point rests_until_;
    std::uint64_t done_ = 0;  // by this process
    double share_ = 0;
    std::string last_;
};

}  // namespace inkling::cli
