#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inkling {

/// Progress of long work on standard error: a bar that is redrawn in place on a terminal; elsewhere plain lines, at
/// most one in ten seconds. Nothing is shown where output is quiet. Used by fetching, training and testing.
class Progress {
  public:
    using Clock = std::chrono::steady_clock;

    /// What is shown: title "epoch 3/8", the total in `unit`s, e.g. "images" or "MiB".
    Progress(std::string title, std::uint64_t total, std::string unit, bool quiet);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Shows `done` of the total with rate and time left, and `details` such as "loss 0.42  accuracy 86.1%". The time
    /// left is by the rate so far, unless the caller knows better. Cheap to call often: it draws a few times a second.
    void update(std::uint64_t done, std::string_view details = {}, std::optional<double> seconds_left = {});

    /// Shows another title from the next update on.
    void set_title(std::string title) { title_ = std::move(title); }

    /// Corrects the total, where it was only estimated.
    void set_total(std::uint64_t total) { total_ = total; }

    /// Shows this share as done from now on, where units are of unequal size.
    void set_fraction(double fraction) { fraction_ = fraction; }

    /// Takes the bar away, so that a line may be printed in its place.
    void clear();

    /// Whether update() would draw now; lets a caller skip making details that nobody sees.
    bool due() const;

  private:
    std::string title_;
    std::uint64_t total_;
    std::string unit_;
    std::optional<double> fraction_;
    bool quiet_;
    bool terminal_;
    bool drawn_ = false;
    Clock::time_point start_ = Clock::now();
    Clock::time_point last_;
};

/// "1:02:03" or "2:03" for a number of seconds.
std::string format_duration(double seconds);

}  // namespace inkling
