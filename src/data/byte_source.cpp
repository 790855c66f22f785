#include "data/byte_source.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "core/error.h"

namespace inkling {
namespace {

constexpr std::uint64_t kMostInflation = 1032;  // deflate's best ratio: zlib.net/zlib_tech.html

bool is_gzip(std::span<const std::byte> file) {
    return file.size() >= 2 && file[0] == std::byte{0x1f} && file[1] == std::byte{0x8b};
}

uInt chunk(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

}  // namespace

ByteSource::ByteSource(std::span<const std::byte> file, std::string name)
    : file_(file), rest_(file), name_(std::move(name)) {
    if (!is_gzip(file)) return;
    stream_.emplace();
    constexpr int kGzipOnly = 16;
    if (inflateInit2(&*stream_, MAX_WBITS + kGzipOnly) != Z_OK) throw failed("{}: cannot start to inflate", name_);
}

ByteSource::~ByteSource() {
    if (stream_) inflateEnd(&*stream_);
}

std::size_t ByteSource::read(std::span<std::byte> out) {
    if (stream_) return inflate_into(out);
    const std::size_t count = std::min(out.size(), rest_.size());
    std::copy_n(rest_.begin(), count, out.begin());
    rest_ = rest_.subspan(count);
    return count;
}

std::size_t ByteSource::inflate_into(std::span<std::byte> out) {
    std::size_t filled = 0;
    while (filled < out.size() && !ended_) {
        const uInt in_size = chunk(rest_.size());
        const uInt out_size = chunk(out.size() - filled);
        // zlib's interface lacks const here but does not write to its input.
        stream_->next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(rest_.data()));
        stream_->avail_in = in_size;
        stream_->next_out = reinterpret_cast<Bytef*>(out.data() + filled);
        stream_->avail_out = out_size;
        const int status = inflate(&*stream_, Z_NO_FLUSH);
        rest_ = rest_.subspan(in_size - stream_->avail_in);
        filled += out_size - stream_->avail_out;
        if (status == Z_STREAM_END) {
            ended_ = true;
        } else if (status == Z_BUF_ERROR || (status == Z_OK && rest_.empty() && stream_->avail_out != 0)) {
            throw bad_data("{}: gzip stream is cut off after {} bytes, expected its end; get the file again", name_,
                           file_.size());
        } else if (status != Z_OK) {
            const std::string_view why = stream_->msg != nullptr ? stream_->msg : "unknown error";
            throw bad_data("{}: {}, expected a sound gzip stream; get the file again", name_,
                           why == "incorrect data check" ? "gzip checksum does not fit the contents"
                                                         : fmt::format("gzip stream is damaged ({})", why));
        }
    }
    return filled;
}

void ByteSource::expect_end() {
    std::array<std::byte, 1> extra{};
    if (read(extra) != 0 || !rest_.empty())
        throw bad_data("{}: bytes are left over after the contents, expected the end of the file", name_);
}

std::uint64_t ByteSource::capacity() const { return stream_ ? file_.size() * kMostInflation : file_.size(); }

}  // namespace inkling
