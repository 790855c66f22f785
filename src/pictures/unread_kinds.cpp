#include "pictures/unread_kinds.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/error.h"

namespace inkling {
namespace {

bool has_text_at(std::span<const std::byte> file, std::size_t at, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i)
        if (at + i >= file.size() || file[at + i] != static_cast<std::byte>(text[i])) return false;
    return true;
}

/// The tags of a TIFF's first directory, each by the first of its numbers.
class TiffTags {
  public:
    explicit TiffTags(std::span<const std::byte> file)
        : file_(file), big_endian_(has_text_at(file, 0, "MM")), directory_(number_at(4, 4).value_or(0)) {}

    bool has(std::uint32_t tag) const { return entry_of(tag).has_value(); }

    std::uint32_t value_of(std::uint32_t tag, std::uint32_t otherwise) const {
        constexpr std::uint32_t kShort = 3;
        const std::optional<std::size_t> entry = entry_of(tag);
        if (!entry || number_at(*entry + 2, 2) != kShort) return otherwise;
        // Two of them stand in the entry, more where it says.
        const bool inside = number_at(*entry + 4, 4).value_or(0) <= 2;
        const std::size_t at = inside ? *entry + 8 : number_at(*entry + 8, 4).value_or(0);
        return number_at(at, 2).value_or(otherwise);
    }

  private:
    /// Of 2 or 4 bytes; empty beyond the file.
    std::optional<std::uint32_t> number_at(std::size_t at, std::size_t size) const {
        if (at > file_.size() || file_.size() - at < size) return {};
        std::uint32_t number = 0;
        for (std::size_t i = 0; i < size; ++i)
            number = number << 8 | std::to_integer<std::uint32_t>(file_[at + (big_endian_ ? i : size - 1 - i)]);
        return number;
    }

    /// Where a tag stands.
    std::optional<std::size_t> entry_of(std::uint32_t tag) const {
        constexpr std::size_t kEntrySize = 12;
        const std::size_t count = number_at(directory_, 2).value_or(0);
        for (std::size_t i = 0; i < count; ++i)
            if (const std::size_t at = directory_ + 2 + i * kEntrySize; number_at(at, 2) == tag) return at;
        return {};
    }

    std::span<const std::byte> file_;
    bool big_endian_;
    std::size_t directory_;
};

/// How a TIFF that is not read has its levels; empty where it is read.
std::string unread_format(std::uint32_t format) {
    switch (format) {
        case 2:
            return "signed levels";
        case 3:
            return "floating-point levels";
        case 5:
        case 6:
            return "complex levels";
        default:
            return {};
    }
}

std::string unread_of(const TiffTags& tags) {
    constexpr std::uint32_t kBitsPerSample = 258, kPlanes = 284, kTileWidth = 322, kSampleFormat = 339;
    if (const std::string format = unread_format(tags.value_of(kSampleFormat, 1)); !format.empty()) return format;
    const std::uint32_t bits = tags.value_of(kBitsPerSample, 1);
    if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16) return fmt::format("levels of {} bits", bits);
    if (tags.has(kTileWidth)) return "levels in tiles";
    if (tags.value_of(kPlanes, 1) == 2) return "levels in a plane for each colour";
    return {};
}

}  // namespace

void refuse_animated_webp(std::span<const std::byte> file, const std::string& name) {
    constexpr std::size_t kFlagsAt = 20;
    constexpr std::byte kAnimated{2};
    if (has_text_at(file, 12, "VP8X") && file.size() > kFlagsAt && (file[kFlagsAt] & kAnimated) != std::byte{0})
        throw bad_data("{}: an animated WebP, expected one still image; save one of its images by itself", name);
}

void refuse_unread_tiff(std::span<const std::byte> file, const std::string& name) {
    if (!has_text_at(file, 0, {"II*\0", 4}) && !has_text_at(file, 0, {"MM\0*", 4})) return;
    if (const std::string unread = unread_of(TiffTags(file)); !unread.empty())
        throw bad_data("{}: a TIFF of {}, expected whole numbers of 1 to 16 bits, row by row; save it anew as PNG",
                       name, unread);
}

}  // namespace inkling
