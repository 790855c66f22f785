#include "study/owner.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace inkling {
namespace {

/// The name of a child process, which lives until `end` is called.
class Child {
  public:
    Child() {
        int ends[2];
        int names[2];
        if (::pipe(ends) != 0 || ::pipe(names) != 0) return;
        process_ = ::fork();
        if (process_ == 0) {
            ::close(ends[1]);
            const std::string name = this_owner();
            if (::write(names[1], name.data(), name.size()) < 0) ::_exit(1);
            ::close(names[1]);
            char ignored = 0;
            ::_exit(::read(ends[0], &ignored, 1) == 0 ? 0 : 1);
        }
        ::close(ends[0]);
        ::close(names[1]);
        end_ = ends[1];
        char text[256];
        const auto size = ::read(names[0], text, sizeof text);
        name_.assign(text, size > 0 ? static_cast<std::size_t>(size) : 0);
        ::close(names[0]);
    }

    const std::string& name() const { return name_; }

    /// Lets it end, and waits until it has; it stays a zombie until bury().
    void end() {
        ::close(end_);
        siginfo_t ended{};
        ::waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOWAIT);
    }
    void bury() const { ::waitpid(process_, nullptr, 0); }

  private:
    pid_t process_ = 0;
    int end_ = -1;
    std::string name_;
};

TEST(Owner, OfThisProcessHasNotEnded) {
    EXPECT_EQ(this_owner(), this_owner());
    EXPECT_FALSE(owner_ended(this_owner()));
}

TEST(Owner, HasEndedWithItsProcessEvenWhereThatIsAZombie) {
    Child child;
    ASSERT_FALSE(child.name().empty());
    EXPECT_NE(child.name(), this_owner());
    EXPECT_FALSE(owner_ended(child.name()));
    child.end();
    EXPECT_TRUE(owner_ended(child.name()));
    child.bury();
    EXPECT_TRUE(owner_ended(child.name()));
}

TEST(Owner, HasEndedWhereAnotherProcessHasItsNumber) { EXPECT_TRUE(owner_ended(fmt::format("{}0", this_owner()))); }

TEST(Owner, OfAnotherMachineIsNeverKnownToHaveEnded) {
    EXPECT_FALSE(owner_ended("another-machine/1/1"));
    EXPECT_FALSE(owner_ended(fmt::format("x{}", this_owner())));
}

TEST(Owner, WithoutANameHasEnded) {
    EXPECT_TRUE(owner_ended(""));
    EXPECT_TRUE(owner_ended("nonsense"));
}

TEST(Owner, NamesEachClaimAnew) {
    const std::string claim = new_claim();
    EXPECT_NE(claim, new_claim());
    EXPECT_TRUE(claim.starts_with(this_owner()));
    EXPECT_FALSE(owner_ended(claim));
}

}  // namespace
}  // namespace inkling
