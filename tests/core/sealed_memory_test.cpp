#include "core/sealed_memory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "core/files.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string text_of(const SealedMemory& memory) {
    return {reinterpret_cast<const char*>(memory.bytes().data()), memory.bytes().size()};
}

SealedMemory made() { return SealedMemory::make(std::array{bytes_of("one, "), bytes_of(""), bytes_of("two")}).value(); }

TEST(SealedMemory, HoldsItsPiecesForOtherProcesses) {
    const SealedMemory memory = made();
    EXPECT_EQ(text_of(memory), "one, two");
    const std::string place = memory.place();
    const pid_t other = ::fork();
    if (other == 0) {
        const auto opened = SealedMemory::open(place);
        ::_exit(opened && text_of(*opened) == "one, two" ? 0 : 1);
    }
    int status = 1;
    ASSERT_EQ(::waitpid(other, &status, 0), other);
    EXPECT_EQ(status, 0);
}

TEST(SealedMemory, StaysWhereItsMakerHasLeft) {
    std::optional<SealedMemory> opened;
    std::string place;
    {
        const SealedMemory memory = made();
        place = memory.place();
        opened = SealedMemory::open(place);
    }
    EXPECT_EQ(text_of(opened.value()), "one, two");
    EXPECT_FALSE(SealedMemory::open(place));
}

TEST(SealedMemory, IsChangedByNobody) {
    const SealedMemory memory = made();
    const int descriptor = ::open(memory.place().c_str(), O_RDWR);
    ASSERT_GE(descriptor, 0);
    EXPECT_EQ(::write(descriptor, "x", 1), -1);
    EXPECT_EQ(errno, EPERM);
    EXPECT_NE(::ftruncate(descriptor, 1), 0);
    EXPECT_EQ(::mmap(nullptr, 4, PROT_WRITE, MAP_SHARED, descriptor, 0), MAP_FAILED);
    ::close(descriptor);
    EXPECT_EQ(text_of(memory), "one, two");
}

TEST(SealedMemory, IsNothingThatMayChange) {
    const TemporaryFolder folder;
    write_file(folder / "file", "one, two");
    EXPECT_FALSE(SealedMemory::open(folder / "file"));
    EXPECT_FALSE(SealedMemory::open(folder.path()));
    EXPECT_FALSE(SealedMemory::open("/proc/self/fd/1"));
    EXPECT_FALSE(SealedMemory::open(""));
    const int unsealed = ::memfd_create("unsealed", MFD_ALLOW_SEALING);
    EXPECT_EQ(::write(unsealed, "x", 1), 1);
    EXPECT_FALSE(SealedMemory::open("/proc/self/fd/" + std::to_string(unsealed)));
    ::close(unsealed);
}

}  // namespace
}  // namespace inkling
