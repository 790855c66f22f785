#include "pictures/decode_jpeg.h"

#include <turbojpeg.h>

#include <memory>

#include "core/error.h"
#include "pictures/picture_extent.h"

namespace inkling {
namespace {

struct Destroy {
    void operator()(void* decoder) const { tjDestroy(decoder); }
};

}  // namespace

GreyPicture decode_jpeg(std::span<const std::byte> file, const std::string& name) {
    const std::unique_ptr<void, Destroy> decoder(tjInitDecompress());
    if (decoder == nullptr) throw failed("{}: cannot start to decode JPEG", name);
    const auto refuse = [&] {
        return bad_data("{}: damaged or cut off ({}), expected a sound JPEG", name, tjGetErrorStr2(decoder.get()));
    };
    const auto* bytes = reinterpret_cast<const unsigned char*>(file.data());
    int width = 0, height = 0, subsampling = 0, colours = 0;
    if (tjDecompressHeader3(decoder.get(), bytes, file.size(), &width, &height, &subsampling, &colours) != 0)
        throw refuse();
    check_extent({static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height)}, name);
    if (colours == TJCS_CMYK || colours == TJCS_YCCK)
        throw bad_data("{}: a JPEG in printing colours, expected grey or RGB; save it anew", name);
    GreyPicture grey{.width = width, .height = height, .pixels = {}};
    grey.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    constexpr int kFlags = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;
    if (tjDecompress2(decoder.get(), bytes, file.size(), grey.pixels.data(), width, 0, height, TJPF_GRAY, kFlags) != 0)
        throw refuse();
    return grey;
}

}  // namespace inkling
