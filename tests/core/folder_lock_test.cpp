#include "core/folder_lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "core/interrupt.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

using Use = FolderLock::Use;
using WhenHeld = FolderLock::WhenHeld;

TEST(FolderLock, RefusesASecondOwnerAndNamesTheFirst) {
    const TemporaryFolder folder;
    const FolderLock first(folder / "run");
    const std::string refusal = refusal_with(ExitStatus::kFailed, [&] { FolderLock(folder / "run"); });
    EXPECT_EQ(refusal, (folder / "run").string() + ": process " + std::to_string(::getpid()) +
                           " works in this folder; wait until it has ended, or choose another folder");
}

TEST(FolderLock, LeavesTheFolderAsItWas) {
    const TemporaryFolder folder;
    { const FolderLock lock(folder.path()); }
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    const FolderLock again(folder.path());
}

TEST(FolderLock, IsSharedByThoseWhoAskForThat) {
    const TemporaryFolder folder;
    auto first = std::make_unique<FolderLock>(folder.path(), Use::kShared);
    {
        const FolderLock second(folder.path(), Use::kShared);
        first.reset();
        refusal_with(ExitStatus::kFailed, [&] { FolderLock(folder.path()); });
    }
    const FolderLock alone(folder.path());
    refusal_with(ExitStatus::kFailed, [&] { FolderLock(folder.path(), Use::kShared); });
}

TEST(FolderLock, FallsWithAProcessThatIsKilled) {
    const TemporaryFolder folder;
    const pid_t child = ::fork();
    if (child == 0) {
        const FolderLock lock(folder.path());
        std::raise(SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(std::filesystem::exists(folder / ".lock"));
    const FolderLock lock(folder.path());
}

TEST(FolderLock, LetsOneWorkAtATimeWhereAllWait) {
    const TemporaryFolder folder;
    std::atomic<int> inside = 0;
    std::atomic<int> most = 0;
    {
        std::vector<std::jthread> threads;
        threads.reserve(4);
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int turn = 0; turn < 10; ++turn) {
                    const FolderLock lock(folder.path(), Use::kAlone, WhenHeld::kWait);
                    most = std::max(most.load(), ++inside);
                    std::this_thread::yield();
                    --inside;
                }
            });
    }
    EXPECT_EQ(most, 1);
}

TEST(FolderLock, StopsWaitingWhenAskedTo) {
    const TemporaryFolder folder;
    const FolderLock held(folder.path());
    EXPECT_EXIT(
        {
            catch_interrupts();
            std::raise(SIGINT);
            try {
                const FolderLock lock(folder.path(), Use::kAlone, WhenHeld::kWait);
            } catch (const Error& error) {
                std::exit(static_cast<int>(error.status()));
            }
        },
        testing::ExitedWithCode(130), "");
}

TEST(FolderLock, RefusesAFolderThatCannotBe) {
    const TemporaryFolder folder;
    write_file(folder / "file", "");
    EXPECT_THROW(FolderLock(folder / "file" / "run"), Error);
}

}  // namespace
}  // namespace inkling
