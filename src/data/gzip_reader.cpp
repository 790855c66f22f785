#include "data/gzip_reader.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "core/error.h"

namespace inkling {
namespace {

constexpr std::byte kFirstOfMagic{0x1f};

uInt chunk(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

}  // namespace

GzipReader::GzipReader(Packed packed, std::string name) : packed_(std::move(packed)), name_(std::move(name)) {
    constexpr int kGzipOnly = 16;
    if (inflateInit2(&stream_, MAX_WBITS + kGzipOnly) != Z_OK) throw failed("{}: cannot start to inflate", name_);
}

GzipReader::~GzipReader() { inflateEnd(&stream_); }

std::size_t GzipReader::read(std::span<std::byte> out) {
    std::size_t filled = 0;
    while (filled < out.size() && (in_member_ || begin_member())) filled += inflate_into(out.subspan(filled));
    contents_ += filled;
    if (contents_ > kMostContents)
        throw bad_data("{}: holds more than {} bytes, expected images or labels of one part of a split", name_,
                       kMostContents);
    return filled;
}

bool GzipReader::refill() {
    if (rest_.empty()) rest_ = packed_();
    return !rest_.empty();
}

/// Returns false at the end.
bool GzipReader::begin_member() {
    if (!refill()) return false;
    if (rest_.front() != kFirstOfMagic) {
        expect_padding();
        return false;
    }
    inflateReset(&stream_);
    in_member_ = true;
    return true;
}

void GzipReader::expect_padding() {
    while (refill()) {
        const auto wrong = std::find_if(rest_.begin(), rest_.end(), [](std::byte byte) { return byte != std::byte{}; });
        place_ += static_cast<std::uint64_t>(wrong - rest_.begin());
        if (wrong != rest_.end())
            throw bad_data(
                "{}: byte {} belongs to no gzip stream and is no padding with zeros, expected the end of the "
                "file; get the file again",
                name_, place_);
        rest_ = {};
    }
}

std::size_t GzipReader::inflate_into(std::span<std::byte> out) {
    refill();
    const uInt in_size = chunk(rest_.size());
    const uInt out_size = chunk(out.size());
    // zlib's interface lacks const here but does not write to its input.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(rest_.data()));
    stream_.avail_in = in_size;
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = out_size;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    const std::size_t taken = in_size - stream_.avail_in;
    rest_ = rest_.subspan(taken);
    place_ += taken;
    if (status == Z_STREAM_END) {
        in_member_ = false;
    } else if (status == Z_BUF_ERROR || (status == Z_OK && stream_.avail_out != 0)) {
        if (!refill())
            throw bad_data("{}: gzip stream is cut off after {} bytes, expected its end; get the file again", name_,
                           place_);
    } else if (status != Z_OK) {
        const std::string_view why = stream_.msg != nullptr ? stream_.msg : "unknown error";
        throw bad_data("{}: {} at byte {}, expected a sound gzip stream; get the file again", name_,
                       why == "incorrect data check" ? "gzip checksum does not fit the contents"
                                                     : fmt::format("gzip stream is damaged ({})", why),
                       place_);
    }
    return out_size - stream_.avail_out;
}

}  // namespace inkling
