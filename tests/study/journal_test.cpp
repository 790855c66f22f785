#include "study/journal.h"

#include <gtest/gtest.h>

#include "core/files.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

TEST(Journal, GivesEachNumberOnceAndKeepsWhatCameFirst) {
    const TemporaryFolder folder;
    const Journal journal(folder.path());
    EXPECT_EQ(journal.read(1), std::nullopt);
    EXPECT_TRUE(journal.append(1, "first"));
    EXPECT_FALSE(Journal(folder.path()).append(1, "another"));
    EXPECT_TRUE(Journal(folder.path()).append(2, "second"));
    EXPECT_EQ(journal.read(1), "first");
    EXPECT_EQ(journal.read(2), "second");
    EXPECT_EQ(journal.read(3), std::nullopt);
    EXPECT_EQ(journal.count(), 2);
}

TEST(Journal, KnowsAnEntryAgainWhoseAnswerTheServerLost) {
    const TemporaryFolder folder;
    const Journal journal(folder.path());
    ASSERT_TRUE(journal.append(1, "mine"));
    EXPECT_TRUE(journal.append(1, "mine"));
}

TEST(Journal, TakesNoNoticeOfEntriesThatWereNeverNamed) {
    const TemporaryFolder folder;
    const Journal journal(folder.path());
    journal.append(1, "first");
    write_file(folder / "journal" / "0000000002.json.77-0~", "by a process that was killed");
    EXPECT_EQ(journal.count(), 1);
    EXPECT_TRUE(journal.append(2, "second"));
}

TEST(Journal, NamesAForeignFileAndAMissingNumber) {
    const TemporaryFolder folder;
    const Journal journal(folder.path());
    for (int number = 1; number <= 3; ++number) journal.append(number, std::to_string(number));
    for (const char* name : {"notes.txt", "0000000002 (conflicted copy).json", "0000000000.json", "00000002.json"}) {
        write_file(folder / "journal" / name, "x");
        EXPECT_TRUE(contains(data_refusal([&] { journal.count(); }), name));
        std::filesystem::remove(folder / "journal" / name);
    }
    std::filesystem::remove(journal.path_of(2));
    const std::string hole = data_refusal([&] { journal.count(); });
    EXPECT_TRUE(contains(hole, "0000000002.json: this entry of the study's journal is missing, while 0000000003.json"));
}

TEST(Journal, RefusesWhatIsNoEntryBeforeItTakesMemory) {
    const TemporaryFolder folder;
    const Journal journal(folder.path());
    std::filesystem::create_directory(journal.path_of(1));
    EXPECT_TRUE(contains(data_refusal([&] { journal.read(1); }), "not a regular file"));
    write_file(journal.path_of(2), "x");
    std::filesystem::resize_file(journal.path_of(2), std::uintmax_t{1} << 40);
    EXPECT_TRUE(contains(data_refusal([&] { journal.read(2); }), "expected 16777216 at most"));
}

TEST(Journal, SaysSoWhereItsFolderIsGone) {
    const TemporaryFolder folder;
    const Journal journal(folder.path());
    std::filesystem::remove(folder / "journal");
    const std::string refusal = refusal_with(ExitStatus::kFailed, [&] { journal.read(1); });
    EXPECT_TRUE(contains(refusal, "journal: the shared folder cannot be reached (No such file or directory); mount"));
}

}  // namespace
}  // namespace inkling
