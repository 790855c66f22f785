#include "core/worker_places.h"

#include <sched.h>

#include <algorithm>
#include <cstring>

namespace inkling {
namespace {

// Long enough for Linux to spread all programs anew, and for many steps of a training.
constexpr std::chrono::milliseconds kTrial(1500);
constexpr int kTrialRounds = 150;
constexpr int kLongestPatience = 32;
constexpr int kFewMeetings = 20;

/// Moves the calling thread, or another, to one of these processors. Returns whether it did.
bool move_to(const cpu_set_t& processors, pthread_t thread = pthread_self()) {
    cpu_set_t allowed;
    cpu_set_t some;
    if (pthread_getaffinity_np(thread, sizeof allowed, &allowed) != 0) return false;
    CPU_AND(&some, &allowed, &processors);
    if (CPU_COUNT(&some) == 0 || pthread_setaffinity_np(thread, sizeof some, &some) != 0) return false;
    pthread_setaffinity_np(thread, sizeof allowed, &allowed);
    return true;
}

cpu_set_t only(int processor) {
    cpu_set_t processors;
    CPU_ZERO(&processors);
    CPU_SET(processor, &processors);
    return processors;
}

/// The processor that the calling thread is on, below CPU_SETSIZE; none where that is not known.
int processor_here() {
    const int processor = sched_getcpu();
    return processor < CPU_SETSIZE ? processor : -1;
}

}  // namespace

void WorkerPlaces::begin_round() {
    const int length = trying_ ? 1 : patience_;
    if (++rounds_ < length * kTrialRounds) return;
    const auto now = Clock::now();
    const Clock::duration passed = now - begin_;
    if (passed < length * kTrial) return;
    const double rate = rounds_ / std::chrono::duration<double>(passed).count();
    if (trying_) {
        trying_ = false;
        if (rate < rate_kept_) by_twos_ = !by_twos_;
        patience_ = std::min(2 * patience_, kLongestPatience);
    } else if (by_twos_ || meetings_ >= kFewMeetings) {
        trying_ = true;
        rate_kept_ = rate;
        by_twos_ = !by_twos_;
    } else {
        patience_ = kPatience;
    }
    begin_ = now;
    rounds_ = 0;
    meetings_ = 0;
}

void WorkerPlaces::settle(int worker) {
    if (workers_.size() == 1) return;
    const auto index = static_cast<std::size_t>(worker);
    const int here = processor_here();
    std::atomic<int>& processor = workers_[index].processor;
    // Others keep a copy of what does not change.
    if (processor.load(std::memory_order_relaxed) != here) processor.store(here, std::memory_order_relaxed);
    if (here == kNowhere) return;
    if (by_twos_.load(std::memory_order_relaxed)) {
        if (index % 2 == 0) return;
        const int there = workers_[index - 1].processor.load(std::memory_order_relaxed);
        if (there == kNowhere || there == here || !move_to(only(there))) return;
    } else {
        bool alone = true;
        cpu_set_t free;
        std::memset(&free, 0xff, sizeof free);
        for (const Worker& other : workers_) {
            const int there = other.processor.load(std::memory_order_relaxed);
            if (there == kNowhere) continue;
            CPU_CLR(there, &free);
            alone = alone && (there != here || &other == &workers_[index]);
        }
        if (alone) return;
        meetings_.fetch_add(1, std::memory_order_relaxed);
        if (!move_to(free)) return;
    }
    processor.store(processor_here(), std::memory_order_relaxed);
}

void WorkerPlaces::hand_over() {
    const int here = processor_here();
    if (here == kNowhere) return;
    for (std::size_t i = 1; i < workers_.size(); ++i) {
        const int there = workers_[i].processor.load(std::memory_order_relaxed);
        if (there != kNowhere && there != here && move_to(only(here), workers_[i].thread)) return;
    }
}

}  // namespace inkling
