#include "core/scratch_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "core/files.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

TEST(ScratchFolder, IsThisUsersAloneAndGoesWithAllThatIsInIt) {
    std::filesystem::path path;
    {
        const ScratchFolder folder;
        path = folder.path();
        struct stat status {};
        ASSERT_EQ(::stat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777, 0700u);
        make_folder(path / "a/b");
        write_file(path / "a/b/c", "text");
        EXPECT_NE(ScratchFolder().path(), path);
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ScratchFolder, SaysWhereThereCanBeNone) {
    const TemporaryFolder folder;
    const char* const before = std::getenv("TMPDIR");
    const std::string kept = before != nullptr ? before : "";
    ::setenv("TMPDIR", (folder / "gone").c_str(), 1);
    const std::string refusal = refusal_with(ExitStatus::kFailed, [] { const ScratchFolder none; });
    if (before != nullptr)
        ::setenv("TMPDIR", kept.c_str(), 1);
    else
        ::unsetenv("TMPDIR");
    EXPECT_TRUE(contains(refusal, "set TMPDIR to")) << refusal;
}

}  // namespace
}  // namespace inkling
