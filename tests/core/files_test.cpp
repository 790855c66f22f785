#include "core/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "core/error.h"
#include "core/hash.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

std::size_t files_in(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(WriteFile, ReplacesTheContentsAndLeavesNothingBeside) {
    const TemporaryFolder folder;
    write_file(folder / "a", "first");
    write_file(folder / "a", "second");
    EXPECT_EQ(read_text(folder / "a"), "second");
    EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(WriteFile, WritesThroughALink) {
    const TemporaryFolder folder;
    write_file(folder / "file", "old");
    std::filesystem::create_symlink(folder / "file", folder / "link");
    write_file(folder / "link", "new");
    EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
    EXPECT_EQ(read_text(folder / "file"), "new");
}

TEST(WriteFile, RefusesWhatIsNoFile) {
    const TemporaryFolder folder;
    EXPECT_THROW(write_file("/dev/null", "x"), Error);
    EXPECT_THROW(write_file(folder.path(), "x"), Error);
    EXPECT_THROW(write_file(folder / "nowhere" / "file", "x"), Error);
    EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(CanWrite, TellsBeforeWorkIsDoneForAFile) {
    const TemporaryFolder folder;
    write_file(folder / "file", "");
    check_can_write(folder / "file");
    check_can_write(folder / "new");
    check_can_write(folder / "not/there/yet");
    EXPECT_TRUE(
        contains(refusal_with(ExitStatus::kFailed, [&] { check_can_write(folder.path()); }), "not a regular file"));
    EXPECT_TRUE(
        contains(refusal_with(ExitStatus::kFailed, [&] { check_can_write(folder / "file/below"); }), "is no folder"));
}

// The umask can be read only by setting it, which another thread's file may meet.
TEST(WriteFile, NeverSetsTheUmask) {
    const TemporaryFolder folder;
    const mode_t before = ::umask(0027);
    std::atomic<bool> done = false;
    mode_t loosest = 0;
    {
        std::jthread writer([&] {
            for (int i = 0; i < 200; ++i) write_file(folder / "a", "x");
            done = true;
        });
        while (!done) {
            struct stat status {};
            ::close(::open((folder / "b").c_str(), O_WRONLY | O_CREAT, 0666));
            ASSERT_EQ(::stat((folder / "b").c_str(), &status), 0);
            loosest |= status.st_mode & 0777;
            ::unlink((folder / "b").c_str());
        }
    }
    struct stat status {};
    ASSERT_EQ(::stat((folder / "a").c_str(), &status), 0);
    ::umask(before);
    EXPECT_EQ(status.st_mode & 0777, 0640u);
    EXPECT_EQ(loosest, 0640u);
}

TEST(ReadFile, RefusesAPipeAtOnce) {
    const TemporaryFolder folder;
    ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
    EXPECT_THROW(read_file(folder / "pipe"), Error);
}

TEST(ReadFile, RefusesMoreThanItsLimit) {
    const TemporaryFolder folder;
    write_file(folder / "a", "12345");
    EXPECT_EQ(read_file(folder / "a", 5).size(), 5u);
    EXPECT_THROW(read_file(folder / "a", 4), Error);
}

TEST(Sha256, IsTheStandards) {
    const std::string text = "abc";
    EXPECT_EQ(sha256(std::as_bytes(std::span(text))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Files, AreReadFromTheirStartAsFarAsAsked) {
    const TemporaryFolder folder;
    write_file(folder / "x", "inkling");
    const auto text = [&](std::uint64_t size) {
        const auto bytes = read_start(folder / "x", size);
        return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    EXPECT_EQ(text(3), "ink");
    EXPECT_EQ(text(100), "inkling");
    EXPECT_EQ(text(0), "");
    EXPECT_THROW(read_start(folder / "y", 1), Error);
}

}  // namespace
}  // namespace inkling
