#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <span>

namespace inkling {

/// What a step's time is spent on: a kind of stage, or what comes beside them.
enum class WorkKind {
    kConvolution,
    kDense,
    kDepthwise,
    kSqueeze,
    kPointwise,
    kLayout,
    kResidual,
    kLoss,
    kUpdate,
    kWaiting
};
inline constexpr std::size_t kWorkKinds = 10;

/// In which direction. Preparing is what stages do with changed parameters; a product's backward pass by its weights is
/// told apart from that by its input, which is kBackward.
enum class WorkPart { kPrepare, kForward, kBackwardWeights, kBackward };
inline constexpr std::size_t kWorkParts = 4;

/// A piece of work that was just done.
struct Work {
    WorkKind kind;
    WorkPart part;
    double operations = 0;  // two for each multiply-add; see count_operations()
    double values = 0;      // of tensors, that must be read or written at least
};

/// Adds up what each kind of work takes. Everything between two laps counts for the second one.
class Stopwatch {
  public:
    struct Total {
        double seconds = 0;
        double operations = 0;
        double values = 0;
    };

    /// The next lap counts from now.
    void start() { last_ = Clock::now(); }

    void lap(const Work& work) {
        const Clock::time_point now = Clock::now();
        Total& total = totals_[index(work.kind, work.part)];
        total.seconds += std::chrono::duration<double>(now - last_).count();
        total.operations += work.operations;
        total.values += work.values;
        last_ = now;
    }

    /// Adds what workers did at one time, since the last lap, each on its own stopwatch: their mean seconds, and what
    /// they did together. The rest of the time they waited for each other.
    void add(std::span<const Stopwatch> workers) {
        const Clock::time_point now = Clock::now();
        double worked = 0;
        for (const Stopwatch& worker : workers)
            for (std::size_t i = 0; i < totals_.size(); ++i) {
                const Total& part = worker.totals_[i];
                const double seconds = part.seconds / static_cast<double>(workers.size());
                totals_[i].seconds += seconds;
                totals_[i].operations += part.operations;
                totals_[i].values += part.values;
                worked += seconds;
            }
        totals_[index(WorkKind::kWaiting, WorkPart::kForward)].seconds +=
            std::max(0.0, std::chrono::duration<double>(now - last_).count() - worked);
        last_ = now;
    }

    /// All totals are zero again.
    void reset() { totals_ = {}; }

    const Total& total(WorkKind kind, WorkPart part) const { return totals_[index(kind, part)]; }

  private:
    using Clock = std::chrono::steady_clock;

    static std::size_t index(WorkKind kind, WorkPart part) {
        return static_cast<std::size_t>(kind) * kWorkParts + static_cast<std::size_t>(part);
    }

    std::array<Total, kWorkKinds * kWorkParts> totals_{};
    Clock::time_point last_ = Clock::now();
};

}  // namespace inkling
