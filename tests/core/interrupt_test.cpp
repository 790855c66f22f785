#include "core/interrupt.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

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

TEST(Interrupt, TakesATerminalThatGoesForOneHoweverOftenItSaysSo) {
    EXPECT_EXIT(
        {
            std::signal(SIGHUP, SIG_DFL);
            catch_interrupts();
            std::raise(SIGHUP);
            if (!interrupted()) std::exit(2);
            std::raise(SIGHUP);
            std::raise(SIGTERM);
            std::raise(SIGTERM);
            std::exit(3);
        },
        testing::KilledBySignal(SIGTERM), "");
}

TEST(Interrupt, PrintsNoErrorToATerminalThatIsGone) {
    EXPECT_EXIT(
        {
            std::signal(SIGHUP, SIG_DFL);
            catch_interrupts();
            const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
            if (::grantpt(terminal) != 0 || ::unlockpt(terminal) != 0) std::exit(2);
            const int output = ::open(::ptsname(terminal), O_RDWR | O_NOCTTY);
            if (::dup2(output, STDOUT_FILENO) < 0) std::exit(3);
            std::raise(SIGHUP);
            char letter = 0;
            if (::write(STDOUT_FILENO, "x", 1) != 1 || ::read(terminal, &letter, 1) != 1 || letter != 'x') std::exit(4);
            ::close(terminal);
            if (::write(STDOUT_FILENO, "x", 1) == 1) std::exit(5);
            std::raise(SIGHUP);
            std::exit(::write(STDOUT_FILENO, "x", 1) == 1 ? 0 : 6);
        },
        testing::ExitedWithCode(0), "");
}

TEST(Interrupt, IsTakenOnAStackOfItsOwn) {
    EXPECT_EXIT(
        {
            static void* at = nullptr;
            struct sigaction action {};
            action.sa_handler = [](int) {
                int here = 0;
                at = &here;
            };
            sigaction(SIGTERM, &action, nullptr);
            take_signals_apart();
            std::raise(SIGTERM);
            stack_t stack{};
            sigaltstack(nullptr, &stack);
            const auto* const begin = static_cast<const char*>(stack.ss_sp);
            std::exit(at >= begin && at < begin + stack.ss_size ? 0 : 2);
        },
        testing::ExitedWithCode(0), "");
}

TEST(Interrupt, LeavesAHangupIgnoredThatWasIgnored) {
    EXPECT_EXIT(
        {
            std::signal(SIGHUP, SIG_IGN);
            catch_interrupts();
            std::raise(SIGHUP);
            std::exit(interrupted() ? 2 : 0);
        },
        testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace inkling
