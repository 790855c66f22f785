#include "core/threads.h"

#include <pthread.h>

#include <atomic>
#include <exception>
#include <memory>
#include <system_error>
#include <utility>

#include "core/crew.h"
#include "core/error.h"
#include "core/processors.h"
#include "core/subnormals.h"

namespace inkling {
namespace {

/// How often this process was forked off another one that had shared work.
std::atomic<int>& forks() {
    static std::atomic<int> count = 0;
    [[maybe_unused]] static const int registered = ::pthread_atfork(nullptr, nullptr, [] { ++forks(); });
    return count;
}

/// What a thread shares its work with. A process that was forked has none of the threads that its parent's memory tells
/// of: it can neither use nor stop them, and begins anew.
class Sharing {
  public:
    ~Sharing() { leave_to_parent(); }

    /// Throws Error (failed) where the system does not give so many threads.
    Crew& crew() {
        leave_to_parent();
        if (!crew_ || crew_->workers() != threads) begin();
        return *crew_;
    }

    int threads = default_thread_count();
    bool within_task = false;

  private:
    void begin() {
        crew_.reset();
        try {
            crew_ = std::make_unique<Crew>(threads);
        } catch (const std::system_error& error) {
            throw failed("cannot start {} threads ({}); take fewer with --threads, or raise the process's limits",
                         threads, error.code().message());
        }
        forks_ = forks();
    }

    void leave_to_parent() {
        if (crew_ && forks_ != forks()) parents_ = crew_.release();
    }

    std::unique_ptr<Crew> crew_;
    Crew* parents_ = nullptr;  // never freed, and no leak
    int forks_ = 0;            // when it began
};

Sharing& sharing() {
    thread_local Sharing sharing;
    return sharing;
}

struct Tasks {
    Crew::Body body;
    void* context;
};

/// A task that is one of several.
void run_within(void* context, std::size_t task, int worker) {
    const FlushSubnormals flush;
    bool& within = sharing().within_task;
    const bool before = std::exchange(within, true);
    const auto restore = [&](void*) { within = before; };
    const std::unique_ptr<void, decltype(restore)> at_end(&within, restore);
    const auto& tasks = *static_cast<const Tasks*>(context);
    tasks.body(tasks.context, task, worker);
}

void run_alone(std::size_t count, Tasks& tasks) {
    std::exception_ptr failure;
    for (std::size_t task = 0; task < count; ++task) {
        try {
            run_within(&tasks, task, 0);
        } catch (...) {
            if (!failure) failure = std::current_exception();
        }
    }
    if (failure) std::rethrow_exception(failure);
}

}  // namespace

int thread_count() { return sharing().within_task ? 1 : sharing().threads; }

void set_thread_count(int count) { sharing().threads = std::max(count, 1); }

void start_threads() {
    if (thread_count() > 1) sharing().crew();
}

void detail::run_tasks(std::size_t count, void (*body)(void*, std::size_t, int), void* context) {
    if (count == 1) {
        const FlushSubnormals flush;
        return body(context, 0, 0);
    }
    Tasks tasks{body, context};
    if (thread_count() == 1) return run_alone(count, tasks);
    sharing().crew().run(count, run_within, &tasks);
}

}  // namespace inkling
