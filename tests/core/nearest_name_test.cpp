#include "core/nearest_name.h"

#include <gtest/gtest.h>

namespace inkling {
namespace {

const std::vector<std::string> kKnown = {"balanced", "byclass", "letters", "lr"};

TEST(NearestName, FindsWhatWasMeant) {
    EXPECT_EQ(nearest_name("balancd", kKnown), "balanced");
    EXPECT_EQ(nearest_name("byclas", kKnown), "byclass");
    EXPECT_EQ(nearest_name("lettres", kKnown), "letters");
}

TEST(NearestName, CountsSwappedNeighboursAsOneChange) { EXPECT_EQ(nearest_name("rl", kKnown), "lr"); }

TEST(NearestName, GivesNothingWhereNothingIsNear) {
    EXPECT_EQ(nearest_name("momentum", kKnown), "");
    EXPECT_EQ(nearest_name("x", {}), "");
}

}  // namespace
}  // namespace inkling
