#include "cluster/group.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "cluster/processes.h"
#include "refusal.h"

namespace inkling {
namespace {

using Texts = std::vector<std::string>;

/// Sets an environment variable while it lives.
class Variable {
  public:
    Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
    ~Variable() { ::unsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

  private:
    const char* name_;
};

TEST(Group, IsOfOneWhereTheProcessWasStartedAlone) {
    Group group;
    EXPECT_EQ(group.rank(), 0);
    EXPECT_EQ(group.size(), 1);
    std::vector<float> values = {1, 2.5f};
    group.sum(values);
    group.sum(values, SumOrder::kTree);
    group.begin_sum(values).wait();
    EXPECT_EQ(values, (std::vector<float>{1, 2.5f}));
    EXPECT_EQ(group.broadcast("all", 3), "all");
    EXPECT_EQ(group.gather("mine", 4), Texts{"mine"});
    EXPECT_EQ(own_cores(group, 7), 7);
    EXPECT_FALSE(group.try_receive(1, 100));
    EXPECT_TRUE(group.leave(std::chrono::milliseconds(0)));
    group.barrier();
    EXPECT_EQ(refusal_with(ExitStatus::kFailed, [&] { group.send(1, 0, "to nobody"); }),
              "no process 1 to send to, of 1");
}

TEST(Group, KnowsByTheEnvironmentWhetherItWasStartedWithOthers) {
    EXPECT_FALSE(launched_processes());
    {
        const Variable open_mpi("OMPI_COMM_WORLD_SIZE", "4");
        EXPECT_EQ(launched_processes(), 4);
    }
    {
        const Variable mpich("PMI_SIZE", "1");
        EXPECT_EQ(launched_processes(), 1);
        EXPECT_EQ(Group().size(), 1);
    }
    {
        const Variable script_of_slurm("SLURM_STEP_NUM_TASKS", "8");
        EXPECT_FALSE(launched_processes());
    }
    const Variable pmix("PMIX_RANK", "0");
    EXPECT_EQ(launched_processes(), 0);
    const Variable slurm("SLURM_STEP_NUM_TASKS", "1");
    EXPECT_EQ(launched_processes(), 1);
}

}  // namespace
}  // namespace inkling
