#include "core/interrupt.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

namespace inkling {
namespace {

TEST(Interrupt, IsOnlyNotedTheFirstTimeAndEndsTheProcessTheSecond) {
    EXPECT_EXIT(
        {
            catch_interrupts();
            if (interrupted()) std::exit(1);
            std::raise(SIGINT);
            if (!interrupted()) std::exit(2);
            std::raise(SIGINT);
            std::exit(3);
        },
        testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace inkling
