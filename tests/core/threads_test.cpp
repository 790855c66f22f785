#include "core/threads.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

bool is_child = false;

}  // namespace

/// Asked by the leak sanitizer at a process's end: what the parent's threads own looks lost in a child.
extern "C" int __lsan_is_turned_off() { return is_child; }

namespace inkling {
namespace {

using Counts = std::array<std::atomic<int>, 64>;

void count_each(Counts& counts) {
    parallel_for(counts.size(), 1, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t i = begin; i < end; ++i) ++counts[i];
    });
}

class Threads : public testing::Test {
  protected:
    ~Threads() override { set_thread_count(before_); }

  private:
    int before_ = thread_count();
};

TEST_F(Threads, DoEveryPartOnce) {
    for (const int threads : {1, 2, 3, 7}) {
        set_thread_count(threads);
        Counts counts{};
        count_each(counts);
        for (const auto& count : counts) EXPECT_EQ(count, 1) << threads;
    }
}

TEST_F(Threads, AreOneWithinATaskButNotWithinTheOnlyOne) {
    set_thread_count(2);
    std::array<Counts, 2> counts{};
    std::array<int, 2> threads{};
    run_tasks(2, [&](std::size_t task, int) {
        threads[task] = thread_count();
        count_each(counts[task]);
    });
    EXPECT_EQ(threads, (std::array<int, 2>{1, 1}));
    for (const auto& part : counts)
        for (const auto& count : part) EXPECT_EQ(count, 1);
    run_tasks(1, [&](std::size_t, int) { EXPECT_EQ(thread_count(), 2); });
    EXPECT_EQ(thread_count(), 2);
}

TEST_F(Threads, DoEveryTaskOnceWithAWorkersNumberOfItsOwn) {
    for (const int threads : {1, 2, 5}) {
        set_thread_count(threads);
        for (const std::size_t tasks : {0, 1, 2, 7, 100}) {
            std::vector<std::atomic<int>> counts(tasks);
            std::vector<std::atomic<bool>> busy(static_cast<std::size_t>(threads));
            std::atomic<bool> shared = false;
            run_tasks(tasks, [&](std::size_t task, int worker) {
                if (busy.at(static_cast<std::size_t>(worker)).exchange(true)) shared = true;
                ++counts[task];
                busy[static_cast<std::size_t>(worker)] = false;
            });
            for (const auto& count : counts) EXPECT_EQ(count, 1) << threads << " threads, " << tasks << " tasks";
            EXPECT_FALSE(shared);
        }
    }
}

TEST_F(Threads, TakeOverWhatAnotherHasNotBegun) {
    set_thread_count(2);
    std::atomic<int> done = 0;
    // The first task lasts until all others are done, those of its own worker's share included.
    run_tasks(8, [&](std::size_t task, int) {
        if (task == 0)
            while (done < 7) std::this_thread::yield();
        else
            ++done;
    });
    EXPECT_EQ(done, 7);
}

TEST_F(Threads, WaitAsleepForOneWhoIsLong) {
    set_thread_count(2);
    const auto processor_seconds = [] { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; };
    const double before = processor_seconds();
    run_tasks(2, [&](std::size_t task, int) {
        if (task == 1) std::this_thread::sleep_for(std::chrono::milliseconds(300));
    });
    EXPECT_LT(processor_seconds() - before, 0.1);
}

TEST_F(Threads, ShareWorkManyTimesOverWhileTheirNumberChanges) {
    std::size_t sum = 0;
    for (std::size_t round = 0; round < 3000; ++round) {
        set_thread_count(static_cast<int>(1 + round / 100 % 4));
        std::array<std::size_t, 9> values{};
        run_tasks(values.size(), [&](std::size_t task, int) { values[task] = round + task; });
        for (const std::size_t value : values) sum += value;
    }
    EXPECT_EQ(sum, 9UL * (3000UL * 2999 / 2) + 3000UL * 36);
}

TEST_F(Threads, TakeNothingTwiceWhereRoundsOfManySizesFollowEachOther) {
    set_thread_count(4);
    std::vector<std::atomic<int>> counts(40);
    for (std::size_t round = 0; round < 20000; ++round) {
        const std::size_t tasks = 2 + round * 7 % 38;
        run_tasks(tasks, [&](std::size_t task, int) { counts.at(task).fetch_add(1); });
        for (std::size_t task = 0; task < counts.size(); ++task)
            ASSERT_EQ(counts[task].exchange(0), task < tasks ? 1 : 0) << "round " << round << ", task " << task;
    }
}

TEST_F(Threads, BeginAnewInAProcessThatWasForked) {
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "the thread sanitizer allows no threads after a fork";
#endif
    set_thread_count(3);
    // Each waits for the others: a thread that was still starting could hold a lock that the child then waits for.
    std::atomic<int> started = 0;
    parallel_for(3, 1, [&](std::size_t, std::size_t, int) {
        ++started;
        while (started < 3) std::this_thread::yield();
    });
    const pid_t child = fork();
    if (child == 0) {
        is_child = true;
        Counts own{};
        count_each(own);
        // exit(), not _exit(): what the parent's threads left must not be waited for.
        std::exit(std::all_of(own.begin(), own.end(), [](const auto& count) { return count == 1; }) ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

#if defined(__x86_64__)
TEST_F(Threads, TakeSubnormalsForZeroWithinTasksAlone) {
    volatile float least = std::numeric_limits<float>::min();
    for (const int threads : {1, 2, 3}) {
        set_thread_count(threads);
        for (const std::size_t count : {1, 8}) {
            std::atomic<int> zeros = 0;
            run_tasks(count, [&](std::size_t, int) { zeros += least / 2 == 0 ? 1 : 0; });
            EXPECT_EQ(zeros, static_cast<int>(count)) << threads;
            EXPECT_GT(least / 2, 0);
        }
    }
}
#endif

TEST_F(Threads, GetPartsThatDependOnTheCountAlone) {
    set_thread_count(3);
    std::array<std::size_t, 3> begins{};
    parallel_for(10, 1,
                 [&](std::size_t begin, std::size_t, int worker) { begins[static_cast<std::size_t>(worker)] = begin; });
    EXPECT_EQ(begins, (std::array<std::size_t, 3>{0, 3, 6}));
}

TEST_F(Threads, ThrowOnWhatTheFirstPartThatFailedThrew) {
    set_thread_count(3);
    Counts counts{};
    try {
        parallel_for(3, 1, [&](std::size_t begin, std::size_t, int worker) {
            ++counts[begin];
            if (worker > 0) throw std::runtime_error(std::to_string(worker));
        });
        FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "1");
    }
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(counts[i], 1);
    count_each(counts);  // the next one works as before
    EXPECT_EQ(counts[2], 2);
}

}  // namespace
}  // namespace inkling
