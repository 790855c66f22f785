#include "core/sealed_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace inkling {
namespace {

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

bool write_all(int descriptor, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

std::optional<SealedMemory> SealedMemory::make(std::span<const std::span<const std::byte>> pieces) {
    SealedMemory memory(::memfd_create("inkling", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (memory.descriptor_ < 0) return std::nullopt;
    for (const std::span<const std::byte> piece : pieces)
        if (!write_all(memory.descriptor_, piece)) return std::nullopt;
    if (::fcntl(memory.descriptor_, F_ADD_SEALS, kSeals) != 0 || !memory.map()) return std::nullopt;
    return memory;
}

std::optional<SealedMemory> SealedMemory::open(const std::string& place) {
    // Where another process has that number, there may be anything.
    SealedMemory memory(::open(place.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (memory.descriptor_ < 0) return std::nullopt;
    const int seals = ::fcntl(memory.descriptor_, F_GET_SEALS);
    if (seals < 0 || (seals & kSeals) != kSeals || !memory.map()) return std::nullopt;
    return memory;
}

bool SealedMemory::map() {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0 || status.st_size <= 0) return false;
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor_, 0);
    if (at == MAP_FAILED) return false;
    bytes_ = {static_cast<const std::byte*>(at), size};
    return true;
}

SealedMemory::~SealedMemory() {
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::string SealedMemory::place() const { return fmt::format("/proc/{}/fd/{}", ::getpid(), descriptor_); }

}  // namespace inkling
