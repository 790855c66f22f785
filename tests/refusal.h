#pragma once

#include <gtest/gtest.h>

#include <string>

#include "core/error.h"

namespace inkling {

/// The one line with which `action` fails with `status`; empty, and a failure of the test, if it does not.
template <class Action>
std::string refusal_with(ExitStatus status, Action&& action) {
    try {
        action();
    } catch (const Error& error) {
        EXPECT_EQ(error.status(), status) << error.what();
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
        return error.what();
    }
    ADD_FAILURE() << "nothing was refused";
    return {};
}

/// How `action` refuses bad data.
template <class Action>
std::string data_refusal(Action&& action) {
    return refusal_with(ExitStatus::kData, action);
}

/// How `action` refuses wrong usage or a wrong recipe.
template <class Action>
std::string usage_refusal(Action&& action) {
    return refusal_with(ExitStatus::kUsage, action);
}

/// Whether `part` is in `text`; a failure shows both.
inline testing::AssertionResult contains(const std::string& text, const std::string& part) {
    if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
    return testing::AssertionFailure() << '"' << text << "\" does not contain \"" << part << '"';
}

}  // namespace inkling
