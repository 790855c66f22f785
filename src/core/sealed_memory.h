#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace inkling {

/// Bytes that several processes of a machine have in the same memory, and that nobody can change any more (a sealed
/// memfd). They are there as long as a process has them.
class SealedMemory {
  public:
    /// The pieces, one after another. Nothing where the system does not allow it or lacks the memory.
    static std::optional<SealedMemory> make(std::span<const std::span<const std::byte>> pieces);

    /// What another process of this machine has made and still has; nothing where there is none that this one may see.
    static std::optional<SealedMemory> open(const std::string& place);

    ~SealedMemory();
    SealedMemory(SealedMemory&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)), bytes_(std::exchange(other.bytes_, {})) {}
    SealedMemory& operator=(SealedMemory&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }

    std::span<const std::byte> bytes() const { return bytes_; }

    /// By which another process opens it.
    std::string place() const;

  private:
    explicit SealedMemory(int descriptor) : descriptor_(descriptor) {}
    bool map();

    int descriptor_;
    std::span<const std::byte> bytes_;
};

}  // namespace inkling
