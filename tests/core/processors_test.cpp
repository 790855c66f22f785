#include "core/processors.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <numeric>
#include <thread>

#include "core/files.h"
#include "core/threads.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

constexpr const char* kVersion2 = "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr const char* kVersion1 =
    "33 32 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n";

/// A machine of 64 processors without hyperthreads, whose files are planted.
class PlantedMachine : public testing::Test {
  protected:
    PlantedMachine() : allowed_(64) { std::iota(allowed_.begin(), allowed_.end(), 0); }

    void plant(const std::string& path, const std::string& text) const {
        make_folder((folder_ / path).parent_path());
        write_file(folder_ / path, text);
    }

    void plant_groups(const std::string& mounts, const std::string& own) const {
        plant("proc/self/mountinfo", "22 27 0:21 / /proc rw,relatime - proc proc rw\n" + mounts);
        plant("proc/self/cgroup", own);
    }

    void plant_siblings(int processor, const std::string& name, const std::string& list) const {
        plant("sys/devices/system/cpu/cpu" + std::to_string(processor) + "/topology/" + name, list + "\n");
    }

    int threads() const { return useful_threads(allowed_, folder_.path()); }

    TemporaryFolder folder_;
    std::vector<int> allowed_;
};

TEST_F(PlantedMachine, WithoutFilesUsesEveryProcessor) {
    EXPECT_EQ(threads(), 64);
    allowed_ = {7};
    EXPECT_EQ(threads(), 1);
}

TEST_F(PlantedMachine, OfVersion2GivesWhatTheQuotaAllowsRoundedUp) {
    plant_groups(kVersion2, "0::/\n");
    EXPECT_EQ(threads(), 64);
    for (const auto& [quota, expected] : std::vector<std::pair<std::string, int>>{{"200000 100000\n", 2},
                                                                                  {"150000 100000\n", 2},
                                                                                  {"1000 100000\n", 1},
                                                                                  {"25000 10000\n", 3},
                                                                                  {"9900000 100000\n", 64},
                                                                                  {"max 100000\n", 64}}) {
        plant("sys/fs/cgroup/cpu.max", quota);
        EXPECT_EQ(threads(), expected) << quota;
    }
}

TEST_F(PlantedMachine, OfVersion2TakesTheLeastOfTheGroupAndThoseAboveIt) {
    plant_groups(kVersion2, "0::/a/b/c\n");
    plant("sys/fs/cgroup/a/cpu.max", "300000 100000\n");
    plant("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
    EXPECT_EQ(threads(), 3) << "c itself is not there";
    plant("sys/fs/cgroup/a/b/c/cpu.max", "500000 100000\n");
    EXPECT_EQ(threads(), 3);
    plant("sys/fs/cgroup/a/b/c/cpu.max", "200000 100000\n");
    EXPECT_EQ(threads(), 2);
    plant("sys/fs/cgroup/a/other/cpu.max", "100000 100000\n");
    EXPECT_EQ(threads(), 2) << "that of others does not count";
}

TEST_F(PlantedMachine, OfVersion1ReadsTheHierarchyOfTheControllerCpu) {
    plant_groups(kVersion1, "12:pids:/docker/x\n4:cpu,cpuacct:/jobs/mine\n2:cpuset:/elsewhere\n");
    plant("sys/fs/cgroup/cpu,cpuacct/jobs/mine/cpu.cfs_quota_us", "-1\n");
    plant("sys/fs/cgroup/cpu,cpuacct/jobs/mine/cpu.cfs_period_us", "100000\n");
    EXPECT_EQ(threads(), 64);
    plant("sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_quota_us", "400000\n");
    plant("sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_period_us", "100000\n");
    EXPECT_EQ(threads(), 4);
    plant("sys/fs/cgroup/cpu,cpuacct/jobs/mine/cpu.cfs_quota_us", "125000\n");
    EXPECT_EQ(threads(), 2);
}

TEST_F(PlantedMachine, WithBothVersionsTakesTheLesser) {
    plant_groups(std::string(kVersion1) + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
                 "1:cpu,cpuacct:/\n0::/user\n");
    plant("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "600000\n");
    plant("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    EXPECT_EQ(threads(), 6);
    plant("sys/fs/cgroup/unified/user/cpu.max", "500000 100000\n");
    EXPECT_EQ(threads(), 5);
}

TEST_F(PlantedMachine, SeenFromAContainerReadsTheGroupThatIsMounted) {
    // With names of its own; with those of the machine, of which it sees a part; moved out of what it sees; and mounted
    // from outside its names.
    for (const auto& [root, own] : std::vector<std::pair<std::string, std::string>>{{"/", "/"},
                                                                                    {"/docker/1f", "/docker/1f"},
                                                                                    {"/docker/1f", "/"},
                                                                                    {"/", "/docker/1f"},
                                                                                    {"/", "/../other"},
                                                                                    {"/..", "/"},
                                                                                    {"/../..", "/.."}}) {
        plant_groups("29 23 0:26 " + root + " /sys/fs/cgroup ro - cgroup2 cgroup rw\n", "0::" + own + "\n");
        plant("sys/fs/cgroup/cpu.max", "200000 100000\n");
        plant("sys/fs/cgroup/cpu.cfs_quota_us", "100000\n");
        EXPECT_EQ(threads(), 2) << root << " " << own;
    }
}

TEST_F(PlantedMachine, WithSeveralMountsReadsTheOneThatShowsTheGroup) {
    plant_groups(
        "28 23 0:26 /guest /mnt/guest rw - cgroup2 cgroup2 rw\n"
        "29 23 0:26 /host /mnt/own\\040group rw - cgroup2 cgroup2 rw\n",
        "0::/host/me\n");
    plant("mnt/guest/cpu.max", "100000 100000\n");
    plant("mnt/own group/me/cpu.max", "700000 100000\n");
    EXPECT_EQ(threads(), 7);
}

TEST_F(PlantedMachine, WithFilesThatMeanNothingUsesEveryProcessor) {
    for (const std::string nonsense :
         {"", "\n", "-", "100000", "x y", "0 100000", "200000 0", "200000 -1", "-5 100000", "1e5 100000", "1 2 3",
          "99999999999999999999999 100000", "200000 100000 100000"}) {
        plant_groups(kVersion2, "0::/\n");
        plant("sys/fs/cgroup/cpu.max", nonsense);
        plant_siblings(3, "core_cpus_list", nonsense);
        EXPECT_EQ(threads(), 64) << nonsense;
        plant_groups(nonsense, nonsense);
        EXPECT_EQ(threads(), 64) << nonsense;
    }
    plant_groups("29 23 0:26 / \\9\\ rw - cgroup2\n29 - cgroup2 x rw\n- - - - - - -\n", "0::\n::::\n");
    EXPECT_EQ(threads(), 64);
}

TEST_F(PlantedMachine, WithHyperthreadsCountsCores) {
    allowed_ = {0, 1, 2, 3, 4, 5, 6, 7};
    for (int core = 0; core < 4; ++core)
        for (const int processor : {core, core + 4})
            plant_siblings(processor, "thread_siblings_list", std::to_string(core) + "," + std::to_string(core + 4));
    EXPECT_EQ(threads(), 4);
    // Neighbours instead, by the newer name, which goes first.
    for (int processor = 0; processor < 8; ++processor) {
        const int first = processor / 2 * 2;
        plant_siblings(processor, "core_cpus_list", std::to_string(first) + "-" + std::to_string(first + 1));
    }
    EXPECT_EQ(threads(), 4);
    allowed_ = {0, 2, 4};
    EXPECT_EQ(threads(), 3) << "one of each core";
    allowed_ = {0, 1, 2};
    EXPECT_EQ(threads(), 2) << "a core and a half";
    plant_groups(kVersion2, "0::/\n");
    plant("sys/fs/cgroup/cpu.max", "100000 100000\n");
    EXPECT_EQ(threads(), 1);
}

TEST(OpenmpThreads, AreTheFirstNumberOfAList) {
    EXPECT_EQ(openmp_threads("4"), 4);
    EXPECT_EQ(openmp_threads(" 3 , 2,1 "), 3);
    for (const char* wrong : {"", " ", "0", "-2", "two", "4,", ",4", "4,x", "4 4", "2.5", "99999999999"})
        EXPECT_EQ(openmp_threads(wrong), std::nullopt) << wrong;
}

/// Runs `body` in a process of its own and returns what it returned, below 256.
int in_a_process(const std::function<int()>& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(ThisMachine, GivesAProcessThatMayRunOnOneProcessorOneThread) {
    const std::vector<int> before = allowed_processors();
    ASSERT_FALSE(before.empty());
    const int last = before.back();
    const int status = in_a_process([&] {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(last, &one);
        if (::sched_setaffinity(0, sizeof one, &one) != 0) return 2;
        const std::vector<int> after = allowed_processors();
        return after == std::vector<int>{last} && useful_threads(after) == 1 ? 0 : 1;
    });
    EXPECT_EQ(status, 0);
    EXPECT_LE(useful_threads(before), static_cast<int>(before.size()));
}

/// A real control group that may use half a processor, where this machine lets one be made: its folder, or none.
class HalfAProcessor {
  public:
    HalfAProcessor() {
        const std::string name = "inkling-test-" + std::to_string(::getpid());
        for (const char* parent : {"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup"}) {
            std::error_code refused;
            const auto group = std::filesystem::path(parent) / name;
            if (!std::filesystem::create_directory(group, refused)) continue;
            if (write(group / "cpu.cfs_quota_us", "50000") || write(group / "cpu.max", "50000 100000")) {
                folder = group;
                return;
            }
            ::rmdir(group.c_str());
        }
    }
    ~HalfAProcessor() {
        if (!folder.empty()) ::rmdir(folder.c_str());
    }

    /// A group's files are written as they are.
    static bool write(const std::filesystem::path& path, const std::string& text) {
        if (!std::filesystem::exists(path)) return false;
        std::ofstream file(path);
        file << text << std::flush;
        return file.good();
    }

    std::filesystem::path folder;
};

TEST(ThisMachine, GivesAProcessInAControlGroupWhatItsQuotaAllows) {
    if (allowed_processors().size() < 2 || useful_threads(allowed_processors()) < 2)
        GTEST_SKIP() << "NOT TESTED: one thread is all that this process has here, with or without a quota";
    const HalfAProcessor group;
    if (group.folder.empty()) GTEST_SKIP() << "NOT TESTED: this machine lets no control group be made";
    const int status = in_a_process([&] {
        if (!HalfAProcessor::write(group.folder / "cgroup.procs", std::to_string(::getpid()))) return 2;
        return useful_threads(allowed_processors()) == 1 ? 0 : 1;
    });
    EXPECT_EQ(status, 0);
}

TEST(ThisMachine, GivesEveryThreadThatAsksFirstTheSameNumber) {
    int asked = 0;
    std::thread([&] { asked = thread_count(); }).join();
    EXPECT_EQ(asked, default_thread_count());
    std::thread([&] {
        set_thread_count(3);
        asked = thread_count();
    }).join();
    EXPECT_EQ(asked, 3);
}

}  // namespace
}  // namespace inkling
