#include "study/owner.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "child_process.h"

namespace inkling {
namespace {

TEST(Owner, OfThisProcessIsAlive) {
    EXPECT_EQ(this_owner(), this_owner());
    EXPECT_EQ(ask_owner(this_owner()), OwnerState::kAlive);
}

TEST(Owner, HasEndedWithItsProcessEvenWhereThatIsAZombie) {
    ChildProcess child;
    ASSERT_FALSE(child.claim().empty());
    EXPECT_FALSE(child.claim().starts_with(this_owner()));
    EXPECT_EQ(ask_owner(child.claim()), OwnerState::kAlive);
    child.end();
    EXPECT_EQ(ask_owner(child.claim()), OwnerState::kEnded);
    child.bury();
    EXPECT_EQ(ask_owner(child.claim()), OwnerState::kEnded);
}

TEST(Owner, IsAliveWhileItsProcessIsStopped) {
    const ChildProcess child;
    child.stop();
    EXPECT_EQ(ask_owner(child.claim()), OwnerState::kAlive);
    child.go_on();
    EXPECT_EQ(ask_owner(child.claim()), OwnerState::kAlive);
}

TEST(Owner, HasEndedWhereAnotherProcessHasItsNumber) {
    EXPECT_EQ(ask_owner(fmt::format("{}0", this_owner())), OwnerState::kEnded);
}

TEST(Owner, OfAClaimMayBeAnotherWithWhomItFalls) {
    const ChildProcess child;
    const std::string owner = child.claim().substr(0, child.claim().find('#'));
    const std::string claim = claim_of_owner(new_claim(), owner, 7);
    EXPECT_NE(claim, claim_of_owner(new_claim(), owner, 7));
    EXPECT_EQ(ask_owner(claim), OwnerState::kAlive);
    EXPECT_EQ(claim_host(claim), claim_host(new_claim()));
    child.end();
    EXPECT_EQ(ask_owner(claim), OwnerState::kEnded);
    EXPECT_EQ(claim_host(this_owner()), "");
}

TEST(Owner, OfAnotherMachineCannotBeAsked) {
    EXPECT_EQ(ask_owner("another-machine/1/1"), OwnerState::kUnknown);
    EXPECT_EQ(ask_owner(fmt::format("x{}", this_owner())), OwnerState::kUnknown);
}

TEST(Owner, WithoutANameHasEnded) {
    EXPECT_EQ(ask_owner(""), OwnerState::kEnded);
    EXPECT_EQ(ask_owner("nonsense"), OwnerState::kEnded);
}

TEST(Owner, NamesEachClaimAnew) {
    const std::string claim = new_claim();
    EXPECT_NE(claim, new_claim());
    EXPECT_TRUE(claim.starts_with(this_owner()));
    EXPECT_EQ(ask_owner(claim), OwnerState::kAlive);
}

}  // namespace
}  // namespace inkling
