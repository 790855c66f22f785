#include "core/threads.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <string>

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

TEST_F(Threads, DoEveryPartWhereFewerAreGivenThanAskedFor) {
    set_thread_count(2);
    std::array<Counts, 2> counts{};
    // OpenMP gives no more threads inside a part.
    parallel_for(2, 1, [&](std::size_t begin, std::size_t, int) { count_each(counts[begin]); });
    for (const auto& part : counts)
        for (const auto& count : part) EXPECT_EQ(count, 1);
}

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
