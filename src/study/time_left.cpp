#include "study/time_left.h"

#include <algorithm>

namespace inkling {

std::optional<double> TimeLeft::expect(const Outlook& outlook, int workers, const std::optional<Decision>& decision) {
    const std::optional<double> forecast = outlook.seconds_left_of(workers);
    const int border = decision ? decision->border : 0;
    if (decision && border_ && border != *border_ && forecast && *forecast > 0)
        rate_ = (decision->expected - decision->spent) / *forecast;
    border_ = border;
    left_ = forecast ? std::optional(rate_ * *forecast) : std::nullopt;
    return left_;
}

std::optional<double> TimeLeft::later(double seconds) const {
    if (!left_) return {};
    return std::max(*left_ - seconds, 0.0);
}

double TimeLeft::share_later(double share, double seconds) const {
    if (!left_ || *left_ <= 0) return share;
    return share + (1 - share) * std::min(seconds / *left_, 1.0);
}

}  // namespace inkling
