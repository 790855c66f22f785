#include "core/file_lock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <vector>

#include "core/error.h"
#include "core/interrupt.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

TEST(FileLock, LetsOneWorkAtATime) {
    const TemporaryFolder folder;
    std::atomic<int> inside = 0;
    std::atomic<int> most = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int turn = 0; turn < 20; ++turn) {
                    const FileLock lock(folder / "lock", true);
                    most = std::max(most.load(), ++inside);
                    std::this_thread::yield();
                    --inside;
                }
            });
    }
    EXPECT_EQ(most, 1);
}

TEST(FileLock, StopsWaitingWhenAskedTo) {
    const TemporaryFolder folder;
    const FileLock held(folder / "lock", true);
    EXPECT_EXIT(
        {
            catch_interrupts();
            std::raise(SIGINT);
            try {
                const FileLock lock(folder / "lock", true);
            } catch (const Error& error) {
                std::exit(static_cast<int>(error.status()));
            }
        },
        testing::ExitedWithCode(130), "");
}

TEST(FileLock, RefusesAFolderThatIsNotThere) {
    const TemporaryFolder folder;
    EXPECT_THROW(FileLock(folder / "none" / "lock", true), Error);
}

}  // namespace
}  // namespace inkling
