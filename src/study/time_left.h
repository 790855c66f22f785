#pragma once

#include <optional>

#include "study/decision.h"
#include "study/outlook.h"

namespace inkling {

/// Expects the time that a study still takes as what steers it does: at the machine's rate of late, which each decision
/// tells.
class TimeLeft {
  public:
    /// Seconds from now, with so many trainings at a time; none while nothing is measured. `decision` is the last, if
    /// there is one. One that was there at the first call was made before this process, and tells nothing of now.
    std::optional<double> expect(const Outlook& outlook, int workers, const std::optional<Decision>& decision);

    /// The same so many seconds after expect(), while the same trainings run: it does not stand still.
    std::optional<double> later(double seconds) const;

    /// Likewise what share of the work is done then, of which `share` was.
    double share_later(double share, double seconds) const;

  private:
    std::optional<int> border_;  // of the decision seen last; 0: of none
    double rate_ = 1;            // of the time left by that decision, to the forecast's then
    std::optional<double> left_;
};

}  // namespace inkling
