#include "core/threads.h"

#include <unistd.h>

#include <exception>
#include <memory>
#include <system_error>
#include <utility>

#include "core/crew.h"
#include "core/error.h"
#include "core/processors.h"

namespace inkling {
namespace {

/// What a thread shares its work with. A process that was forked has none of the threads that its parent's memory tells
/// of: it can neither use nor stop them, and begins anew.
class Sharing {
  public:
    ~Sharing() { leave_to_parent(); }

    Crew& crew() {
        leave_to_parent();
        if (!crew_ || crew_->workers() != threads) {
            crew_.reset();
            crew_ = std::make_unique<Crew>(threads);
            process_ = ::getpid();
        }
        return *crew_;
    }

    int threads = default_thread_count();
    bool within_task = false;

  private:
    void leave_to_parent() {
        if (crew_ && process_ != ::getpid()) parents_ = crew_.release();
    }

    std::unique_ptr<Crew> crew_;
    Crew* parents_ = nullptr;  // never freed, and no leak
    pid_t process_ = 0;
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
    if (thread_count() == 1) return;
    try {
        sharing().crew();
    } catch (const std::system_error& error) {
        throw failed("cannot start {} threads ({}); take fewer with --threads, or raise the process's limits",
                     thread_count(), error.code().message());
    }
}

void detail::run_tasks(std::size_t count, void (*body)(void*, std::size_t, int), void* context) {
    if (count == 1) return body(context, 0, 0);
    Tasks tasks{body, context};
    if (thread_count() == 1) return run_alone(count, tasks);
    start_threads();
    sharing().crew().run(count, run_within, &tasks);
}

}  // namespace inkling
