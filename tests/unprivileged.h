#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace inkling {

/// Runs `body` in a process that may write only what everybody may, as root may write everything. Returns whether it
/// returned true.
inline bool true_without_privileges(const std::function<bool()>& body) {
    constexpr uid_t kNobody = 65534;
    const pid_t child = ::fork();
    if (child == 0) {
        if (::getuid() == 0 && ::setuid(kNobody) != 0) ::_exit(2);
        bool result = false;
        try {
            result = body();
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
        }
        ::_exit(result ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace inkling
