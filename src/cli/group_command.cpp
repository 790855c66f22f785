#include "cli/group_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/failure.h"
#include "core/processors.h"

namespace inkling::cli {
namespace {

constexpr std::chrono::seconds kMostLeaving{5};

}  // namespace

void run_in_group(const std::function<void(Group& group)>& command) {
    Group group;
    try {
        command(group);
    } catch (...) {
        if (group.size() == 1) throw;
        const Failure failure = failure_of(std::current_exception());
        const bool stopped = failure.status == ExitStatus::kInterrupted;
        if (stopped && group.rank() == 0) say(failure.message);
        // Who stops before it works with the others is not waited for by them.
        if (stopped && group.leave(kMostLeaving)) throw Error(ExitStatus::kInterrupted, "");
        if (!stopped) say(fmt::format("rank {} on {}: {}", group.rank(), host_name(), failure.message));
        group.end_job(failure.status);
    }
}

RunOptions own_threads(Group& group, RunOptions run) {
    const int own = own_cores(group, useful_threads(allowed_processors()));
    if (group.rank() > 0) run.json.clear();  // which rank 0 writes
    if (run.threads == 0 && group.size() > 1) run.threads = std::min(own, default_thread_count());
    return run;
}

}  // namespace inkling::cli
