#include "core/crew.h"

#include <chrono>
#include <optional>
#include <utility>

namespace inkling {
namespace {

using Clock = std::chrono::steady_clock;

// Longer than most waits for a worker who is at work, so that sleep, which costs as long again, is for those who have
// lost their processor. Measured with bench --threads 2, alone and beside busy loops: 50 us costs 4% alone, 1 ms costs
// a quarter beside one loop.
constexpr auto kPatience = std::chrono::microseconds(200);
constexpr int kLooksAtOnce = 32;

void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

constexpr std::size_t kNoTask = 0xffffffffU;

constexpr std::uint64_t place(std::uint32_t round, std::size_t task) { return std::uint64_t{round} << 32 | task; }

}  // namespace

bool Meeting::look(std::uint32_t old) const {
    for (std::optional<Clock::time_point> end;;) {
        for (int look = 0; look < kLooksAtOnce; ++look) {
            if (value() != old) return true;
            pause();
        }
        const auto now = Clock::now();
        if (!end) end = now + kPatience;
        if (now >= *end) return false;
    }
}

void Meeting::sleep(std::uint32_t old) const {
    sleepers_.fetch_add(1);
    while (value() == old) value_.wait(old);
    sleepers_.fetch_sub(1);
}

void Meeting::change(std::uint32_t value) {
    value_.store(value);
    if (sleepers_.load() > 0) value_.notify_all();
}

Crew::Crew(int workers) : shares_(static_cast<std::size_t>(workers)), places_(workers) {
    helpers_.reserve(shares_.size() - 1);
    try {
        for (int worker = 1; worker < workers; ++worker) helpers_.emplace_back([this, worker] { help(worker); });
    } catch (...) {
        stop_helpers();
        throw;
    }
}

Crew::~Crew() { stop_helpers(); }

void Crew::stop_helpers() {
    leaving_ = true;
    round_.change(round_.value() + 1);
    for (std::thread& helper : helpers_) helper.join();
}

void Crew::run(std::size_t count, Body body, void* context) {
    if (count == 0) return;
    const std::uint32_t round = round_.value() + 1;
    // Who is late with the round before and already sees this one's count must see that nothing is left to take.
    for (Share& share : shares_) share.next.store(place(round, kNoTask), std::memory_order_relaxed);
    count_.store(count, std::memory_order_release);
    body_.store(body, std::memory_order_relaxed);
    context_.store(context, std::memory_order_relaxed);
    left_.store(count, std::memory_order_relaxed);
    for (std::size_t worker = 0; worker < shares_.size(); ++worker)
        shares_[worker].next.store(place(round, count * worker / shares_.size()), std::memory_order_release);
    places_.begin_round();
    round_.change(round);
    work(round, 0);
    if (!finished_.look(round - 1)) {
        places_.leave(0);
        places_.hand_over();
        finished_.sleep(round - 1);
    }
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Crew::help(int worker) {
    places_.register_thread(worker);
    for (std::uint32_t round = 0;;) {
        if (!round_.look(round)) {
            places_.leave(worker);
            round_.sleep(round);
        }
        round = round_.value();
        if (leaving_) return;
        work(round, worker);
    }
}

void Crew::work(std::uint32_t round, int worker) {
    std::size_t done = 0;
    places_.settle(worker);
    for (std::size_t i = 0; i < shares_.size(); ++i) {
        const std::size_t owner = (static_cast<std::size_t>(worker) + i) % shares_.size();
        const std::size_t end = count_.load(std::memory_order_acquire) * (owner + 1) / shares_.size();
        for (std::size_t task = 0; take(shares_[owner], round, end, task); ++done) {
            attempt(task, worker);
            places_.settle(worker);
        }
    }
    if (done > 0 && left_.fetch_sub(done) == done) finished_.change(round);
}

bool Crew::take(Share& share, std::uint32_t round, std::size_t end, std::size_t& task) {
    std::uint64_t next = share.next.load(std::memory_order_acquire);
    while (next >> 32 == round && (task = next & 0xffffffffU) < end)
        if (share.next.compare_exchange_weak(next, next + 1, std::memory_order_acq_rel)) return true;
    return false;
}

void Crew::attempt(std::size_t task, int worker) {
    try {
        body_.load(std::memory_order_relaxed)(context_.load(std::memory_order_relaxed), task, worker);
    } catch (...) {
        const std::lock_guard lock(failure_mutex_);
        if (failure_ && failed_task_ < task) return;
        failed_task_ = task;
        failure_ = std::current_exception();
    }
}

}  // namespace inkling
