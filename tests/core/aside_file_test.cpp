#include "core/aside_file.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <thread>
#include <vector>

#include "core/files.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::ptrdiff_t files_in(const std::filesystem::path& folder) {
    return std::distance(std::filesystem::directory_iterator(folder), {});
}

/// From now on this process's system calls of these numbers fail with `error`, as on a file system that cannot.
bool forbid(const std::vector<std::uint32_t>& calls, std::uint32_t error) {
    std::vector<sock_filter> filter = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
    for (const std::uint32_t call : calls) {
        filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
        filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error));
    }
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    const sock_fprog program{.len = static_cast<unsigned short>(filter.size()), .filter = filter.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// What `body` returns in a process in which those calls fail.
int without_calls(const std::vector<std::uint32_t>& calls, std::uint32_t error, const std::function<int()>& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(forbid(calls, error) ? body() : 100);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(AsideFile, TakesANameThatNobodyHasAndLeavesOneThatIsTaken) {
    const TemporaryFolder folder;
    EXPECT_TRUE(AsideFile(folder / "a", bytes_of("first")).take());
    EXPECT_FALSE(AsideFile(folder / "a", bytes_of("second")).take());
    EXPECT_EQ(read_text(folder / "a"), "first");
    EXPECT_EQ(files_in(folder.path()), 1);
    AsideFile(folder / "b", bytes_of("never named"));
    EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(AsideFile, KeepsThePermissionsOfTheFileThatItReplaces) {
    const TemporaryFolder folder;
    const auto permissions = [&] {
        struct stat status {};
        EXPECT_EQ(::stat((folder / "a").c_str(), &status), 0);
        return status.st_mode & 07777;
    };
    const mode_t before = ::umask(0022);
    AsideFile(folder / "a", bytes_of("first")).replace();
    EXPECT_EQ(permissions(), 0644u);
    for (const mode_t mode : {0600, 0400, 0640, 0666, 0755}) {
        ASSERT_EQ(::chmod((folder / "a").c_str(), mode), 0);
        AsideFile(folder / "a", bytes_of("next")).replace();
        EXPECT_EQ(permissions(), mode);
    }
    ::umask(before);
    EXPECT_EQ(read_text(folder / "a"), "next");
}

TEST(AsideFile, GivesANameToOneOfManyThreads) {
    const TemporaryFolder folder;
    for (int name = 0; name < 20; ++name) {
        std::atomic<int> taken = 0;
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 4; ++i)
                threads.emplace_back(
                    [&] { taken += AsideFile(folder / std::to_string(name), bytes_of("mine")).take() ? 1 : 0; });
        }
        EXPECT_EQ(taken, 1);
    }
}

TEST(AsideFile, TakesANameWithoutLinksAndSaysWhereNeitherWayIsThere) {
    const TemporaryFolder folder;
    const std::vector<std::uint32_t> links = {SYS_link, SYS_linkat};
    const auto take_twice = [&] {
        const bool first = AsideFile(folder / "a", bytes_of("first")).take();
        const bool second = AsideFile(folder / "a", bytes_of("second")).take();
        return (first ? 1 : 0) + (second ? 2 : 0);
    };
    for (const std::uint32_t error : {EPERM, EOPNOTSUPP}) {
        EXPECT_EQ(without_calls(links, error, take_twice), 1);
        EXPECT_EQ(read_text(folder / "a"), "first");
        EXPECT_EQ(files_in(folder.path()), 1);
        std::filesystem::remove(folder / "a");
    }
    const std::vector<std::uint32_t> both = {SYS_link, SYS_linkat, SYS_renameat2};
    EXPECT_EQ(without_calls(both, EINVAL,
                            [&] {
                                const std::string refusal = refusal_with(
                                    ExitStatus::kFailed, [&] { AsideFile(folder / "a", bytes_of("x")).take(); });
                                return refusal.find("can neither link files nor rename them") == std::string::npos;
                            }),
              0);
    EXPECT_EQ(files_in(folder.path()), 0);
}

}  // namespace
}  // namespace inkling
