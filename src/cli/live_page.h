#pragma once

#include <chrono>
#include <optional>

#include "study/outlook.h"
#include "study/results.h"
#include "study/study.h"

namespace inkling::cli {

/// The report of a study while it runs, written anew now and then: never for more than a hundredth of one worker's
/// time. What cannot be written is told once and ends no study.
class LivePage {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds kLeastPause{5};

    /// `study` has recipe, record and origin.
    LivePage(StudyFolder folder, StudyResults study) : folder_(std::move(folder)), study_(std::move(study)) {}

    /// Whether it is time to write.
    bool due() const { return Clock::now() >= next_; }

    /// Writes how far the study has come.
    void update(const StudyProgress& progress, const Outlook& outlook, std::optional<double> seconds_left);

    /// Writes that the study was stopped, if anything was written before.
    void stop();

  private:
    void write(const StudyResults& results, bool running);

    StudyFolder folder_;
    StudyResults study_;
    std::optional<double> share_;
    std::optional<double> seconds_left_;
    Clock::time_point next_{};
    bool written_ = false;
    bool failed_ = false;
};

}  // namespace inkling::cli
