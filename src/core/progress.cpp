#include "core/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/terminal.h"

namespace inkling {
namespace {

constexpr int kBarWidth = 24;
constexpr double kTellingSeconds = 0.1;  // before, a rate says nothing

std::chrono::milliseconds interval(bool terminal) { return std::chrono::milliseconds(terminal ? 100 : 10'000); }

std::string bar(double fraction) {
    const int filled = static_cast<int>(fraction * kBarWidth);
    std::string text;
    for (int i = 0; i < kBarWidth; ++i) text += i < filled ? "━" : "─";
    return text;
}

}  // namespace

Progress::Progress(std::string title, std::uint64_t total, std::string unit, bool quiet)
    : title_(std::move(title)),
      total_(total),
      unit_(std::move(unit)),
      quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) == 1),
      // A terminal shows the bar at once; a log file is spared work that ends within the interval.
      last_(terminal_ ? Clock::time_point{} : Clock::now()) {}

Progress::~Progress() { clear(); }

bool Progress::due() const { return !quiet_ && Clock::now() - last_ >= interval(terminal_); }

void Progress::update(std::uint64_t done, std::string_view details, std::optional<double> seconds_left) {
    if (!due()) return;
    last_ = Clock::now();
    const double seconds = std::chrono::duration<double>(last_ - start_).count();
    const double rate = seconds >= kTellingSeconds ? static_cast<double>(done) / seconds : 0;
    const double counted = total_ == 0 ? 0 : static_cast<double>(done) / static_cast<double>(total_);
    const double fraction = std::min(1.0, fraction_.value_or(counted));
    std::string numbers = fmt::format("{:3.0f}%", 100 * fraction);
    if (seconds >= kTellingSeconds) numbers += fmt::format("  {:.{}f} {}/s", rate, rate < 10 ? 1 : 0, unit_);
    if (!seconds_left && rate > 0 && done <= total_) seconds_left = static_cast<double>(total_ - done) / rate;
    if (seconds_left) numbers += fmt::format("  {} left", format_duration(*seconds_left));
    if (!details.empty()) numbers += fmt::format("  {}", details);
    if (!terminal_) {
        fmt::print(stderr, "{}  {}\n", title_, numbers);
        return;
    }
    // Cut to the window, or the carriage return would leave the wrapped rest standing. The bar's marks are one column
    // each but three bytes, so only the text before and after it counts and is cut.
    const int room = terminal_width(STDERR_FILENO) - kBarWidth - static_cast<int>(title_.size()) - 5;
    if (room < static_cast<int>(numbers.size())) numbers.resize(static_cast<std::size_t>(std::max(room, 0)));
    fmt::print(stderr, "\r\x1b[K{}  {}  {}", title_, bar(fraction), numbers);
    std::fflush(stderr);
    drawn_ = true;
}

void Progress::clear() {
    if (!drawn_) return;
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
    drawn_ = false;
}

std::string format_duration(double seconds) {
    const auto whole = static_cast<long long>(std::lround(std::clamp(seconds, 0.0, 1e9)));
    if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace inkling
