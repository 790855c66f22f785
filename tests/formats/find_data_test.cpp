#include "formats/find_data.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "idx_files.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

/// Which splits were asked of the network, and what it does.
class FindData : public testing::Test {
  protected:
    static void add(const std::filesystem::path& folder, const std::string& split) {
        std::filesystem::create_directories(folder);
        write_part(folder, split, "train", strokes(3, 20), std::vector<std::uint8_t>{0, 1, 2});
    }

    /// A network that has everything.
    std::function<void(const std::string&)> network() {
        return [this](const std::string& split) {
            fetched_.push_back(split);
            add(cache_, split);
        };
    }

    std::function<void(const std::string&)> no_network() {
        return [this](const std::string& split) {
            fetched_.push_back(split);
            throw failed("https://x: cannot resolve the host");
        };
    }

    /// "SPLIT in FOLDER", with "memory" for no folder.
    std::string find(const std::filesystem::path& folder, const std::string& split,
                     std::function<void(const std::string&)> fetch = {}) const {
        const FoundData found =
            find_data({.folder = folder, .split = split, .cache = cache_, .fetch = std::move(fetch)});
        return found.split + " in " + (found.folder.empty() ? "memory" : found.folder.filename().string());
    }

    TemporaryFolder base_;
    std::filesystem::path cache_ = base_ / "cache";
    std::filesystem::path named_ = base_ / "named";
    std::vector<std::string> fetched_;
};

TEST_F(FindData, TakesTheNamedFolderFirst) {
    add(cache_, "balanced");
    add(named_, "balanced");
    add(named_, "letters");
    EXPECT_EQ(find(named_, "letters", network()), "letters in named");
    EXPECT_EQ(find(named_, "", network()), "balanced in named");
    EXPECT_TRUE(fetched_.empty());
}

TEST_F(FindData, TakesTheOnlySplitOfTheNamedFolder) {
    add(named_, "sample");
    EXPECT_EQ(find(named_, "", network()), "sample in named");
}

TEST_F(FindData, TakesBalancedOfTheCacheBeforeTheNetwork) {
    add(cache_, "balanced");
    add(cache_, "digits");
    EXPECT_EQ(find({}, "", network()), "balanced in cache");
    EXPECT_EQ(find({}, "digits", network()), "digits in cache");
    EXPECT_TRUE(fetched_.empty());
}

TEST_F(FindData, FetchesBalancedOrTheNamedSplit) {
    EXPECT_EQ(find({}, "", network()), "balanced in cache");
    EXPECT_EQ(find({}, "letters", network()), "letters in cache");
    EXPECT_EQ(fetched_, (std::vector<std::string>{"balanced", "letters"}));
}

TEST_F(FindData, EndsWithSyntheticImages) {
    EXPECT_EQ(find({}, "", no_network()), "synthetic in memory");
    EXPECT_EQ(fetched_, std::vector<std::string>{"balanced"});
    EXPECT_EQ(find_data({.folder = {}, .split = {}, .cache = cache_, .fetch = no_network()}).why_synthetic,
              "https://x: cannot resolve the host");
}

TEST_F(FindData, OfflineAsksNoNetwork) {
    EXPECT_EQ(find({}, ""), "synthetic in memory");
    EXPECT_EQ(find_data({.folder = {}, .split = {}, .cache = cache_}).why_synthetic, "fetching it was ruled out");
    EXPECT_EQ(find_data({.folder = {}, .split = {}, .cache = {}, .fetch = network()}).split, "synthetic");
    EXPECT_TRUE(fetched_.empty());
}

TEST_F(FindData, TakesOtherSplitsOfTheCacheForNoneOfItsOwnAccord) {
    add(cache_, "digits");
    EXPECT_EQ(find({}, ""), "synthetic in memory");
}

TEST_F(FindData, MakesSyntheticImagesThatAreAskedFor) {
    add(cache_, "balanced");
    EXPECT_EQ(find({}, "synthetic", network()), "synthetic in memory");
    EXPECT_EQ(find_data({.folder = {}, .split = "synthetic", .cache = cache_}).why_synthetic, "");
    add(named_, "synthetic");
    EXPECT_EQ(find(named_, "synthetic"), "synthetic in named");
}

TEST_F(FindData, ReplacesNothingThatWasNamed) {
    add(cache_, "balanced");
    EXPECT_TRUE(contains(data_refusal([&] { find(named_, "", network()); }), "named: no such folder"));
    add(named_, "digits");
    EXPECT_TRUE(
        contains(data_refusal([&] { find(named_, "letters", network()); }), "no split 'letters', found digits"));
    EXPECT_TRUE(contains(data_refusal([&] { find(named_, "synthetic"); }), "no split 'synthetic', found digits"));
    EXPECT_TRUE(contains(data_refusal([&] { find({}, "letters"); }), "no split 'letters', found balanced"));
    EXPECT_TRUE(contains(data_refusal([&] { find({}, "mine", network()); }), "no split 'mine'"));
    EXPECT_EQ(refusal_with(ExitStatus::kFailed, [&] { find({}, "letters", no_network()); }),
              "https://x: cannot resolve the host");
    EXPECT_EQ(fetched_, std::vector<std::string>{"letters"});
}

TEST_F(FindData, DoesNotChooseAmongSeveralSplitsOfTheNamedFolder) {
    add(named_, "digits");
    add(named_, "letters");
    EXPECT_TRUE(contains(data_refusal([&] { find(named_, ""); }), "no split 'balanced', found digits, letters"));
}

TEST_F(FindData, AnInterruptedFetchIsNoReasonForSyntheticImages) {
    const auto interrupted = [](const std::string&) { throw Error(ExitStatus::kInterrupted, "stopped"); };
    EXPECT_EQ(refusal_with(ExitStatus::kInterrupted, [&] { find({}, "", interrupted); }), "stopped");
}

}  // namespace
}  // namespace inkling
