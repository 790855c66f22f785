#include "core/worker_places.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <thread>

namespace inkling {
namespace {

cpu_set_t allowed_processors() {
    cpu_set_t processors;
    CPU_ZERO(&processors);
    EXPECT_EQ(sched_getaffinity(0, sizeof processors, &processors), 0);
    return processors;
}

int first_of(const cpu_set_t& processors) {
    int processor = 0;
    while (!CPU_ISSET(processor, &processors)) ++processor;
    return processor;
}

cpu_set_t only(int processor) {
    cpu_set_t processors;
    CPU_ZERO(&processors);
    CPU_SET(processor, &processors);
    return processors;
}

/// Two workers: 0, which is the test's own thread, and 1, a helper's.
class WorkerPlacesTest : public testing::Test {
  protected:
    void SetUp() override {
        if (CPU_COUNT(&allowed_) < 2) GTEST_SKIP() << "wants two processors";
    }
    void TearDown() override { sched_setaffinity(0, sizeof allowed_, &allowed_); }

    /// Moves the calling thread to a processor and lets it stay no longer than it likes.
    void go_to(int processor) {
        const cpu_set_t one = only(processor);
        ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
        ASSERT_EQ(sched_setaffinity(0, sizeof allowed_, &allowed_), 0);
    }

    const cpu_set_t allowed_ = allowed_processors();
    WorkerPlaces places_{2};
};

TEST_F(WorkerPlacesTest, PartTwoWorkersOnOneProcessor) {
    const int processor = first_of(allowed_);
    int parted = 0;
    for (int attempt = 0; attempt < 20; ++attempt) {
        std::thread helper([&] {
            const cpu_set_t one = only(processor);
            sched_setaffinity(0, sizeof one, &one);
            places_.settle(1);
        });
        helper.join();  // its last word: worker 1 is at work there
        go_to(processor);
        if (sched_getcpu() != processor) continue;  // the system was quicker
        places_.settle(0);
        parted += sched_getcpu() != processor;
        const cpu_set_t now = allowed_processors();
        EXPECT_TRUE(CPU_EQUAL(&now, &allowed_));
        places_.leave(1);
        places_.leave(0);
    }
    EXPECT_GT(parted, 0);
}

TEST_F(WorkerPlacesTest, LeaveAWorkerWhoseProcessorIsItsOwn) {
    places_.settle(0);
    const cpu_set_t here = only(sched_getcpu());
    ASSERT_EQ(sched_setaffinity(0, sizeof here, &here), 0);
    places_.settle(0);
    const cpu_set_t now = allowed_processors();
    EXPECT_TRUE(CPU_EQUAL(&now, &here));
}

TEST_F(WorkerPlacesTest, HandAProcessorToAWorkerElsewhere) {
    const int processor = first_of(allowed_);
    std::atomic<bool> at_work = false;
    std::atomic<bool> arrived = false;
    std::atomic<bool> done = false;
    std::thread helper([&] {
        cpu_set_t others = allowed_;
        CPU_CLR(processor, &others);
        sched_setaffinity(0, sizeof others, &others);
        places_.register_thread(1);
        places_.settle(1);
        sched_setaffinity(0, sizeof allowed_, &allowed_);
        at_work = true;
        while (!done) arrived = arrived || sched_getcpu() == processor;
    });
    while (!at_work) std::this_thread::yield();
    for (int attempt = 0; attempt < 1000 && !arrived; ++attempt) {
        go_to(processor);
        places_.hand_over();
        std::this_thread::yield();
    }
    done = true;
    helper.join();
    EXPECT_TRUE(arrived);
}

}  // namespace
}  // namespace inkling
