#include "study/shared_runs.h"

#include <gtest/gtest.h>

#include "core/files.h"
#include "core/folder_lock.h"
#include "refusal.h"
#include "study/checked_json.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

class PackedRunTest : public testing::Test {
  protected:
    PackedRunTest() {
        make_folder(sent_.path);
        for (const auto& path :
             {sent_.recipe(), sent_.record(), sent_.history(), sent_.model(), sent_.predictions(), sent_.metrics()})
            write_file(path, "sent " + path.filename().string());
        make_folder(here_.checkpoint().parent_path());
        for (const auto& path : {here_.model(), here_.predictions(), here_.metrics(), here_.checkpoint()})
            write_file(path, "older");
    }

    TemporaryFolder folder_;
    RunFolder sent_{folder_ / "sent"};
    RunFolder here_{folder_ / "here"};
};

TEST_F(PackedRunTest, ComesInPlaceOfWhatAnotherProcessLeft) {
    unpack_run(pack_run(sent_), here_);
    for (const auto& [from, to] : {std::pair{sent_.model(), here_.model()},
                                   {sent_.predictions(), here_.predictions()},
                                   {sent_.metrics(), here_.metrics()}})
        EXPECT_EQ(read_text(to), read_text(from));
    EXPECT_FALSE(std::filesystem::exists(here_.checkpoint()));
    std::filesystem::remove(sent_.predictions());
    unpack_run(pack_run(sent_), here_);
    EXPECT_FALSE(std::filesystem::exists(here_.predictions()));
}

TEST_F(PackedRunTest, ChangesNothingWhereItIsDamaged) {
    const std::string packed = pack_run(sent_);
    for (const std::string& damaged : {packed.substr(0, packed.size() / 2), std::string(), "x" + packed})
        EXPECT_THROW(unpack_run(damaged, here_), BadValue);
    std::filesystem::remove(sent_.model());
    EXPECT_THROW(unpack_run(pack_run(sent_), here_), BadValue) << "without its model";
    EXPECT_EQ(read_text(here_.metrics()), "older");
    EXPECT_TRUE(std::filesystem::exists(here_.checkpoint()));
}

TEST_F(PackedRunTest, WaitsForNobodyWhoWorksThere) {
    const FolderLock held(here_.path);
    EXPECT_TRUE(contains(refusal_with(ExitStatus::kFailed, [&] { unpack_run(pack_run(sent_), here_); }),
                         "works in this folder"));
    EXPECT_EQ(read_text(here_.metrics()), "older");
}

}  // namespace
}  // namespace inkling
