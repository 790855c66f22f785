#include "data/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/error.h"
#include "core/threads.h"

namespace inkling {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;
constexpr int kLevel = 3;  // half the time of the usual 6, for files that are a twentieth larger

/// A block as deflate data that end at a whole byte and need nothing of what came before; `last` ends the stream.
/// Empty where zlib fails.
std::vector<std::byte> deflate_block(std::span<const std::byte> block, bool last) {
    z_stream stream{};
    if (deflateInit2(&stream, kLevel, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
    constexpr uLong kFlush = 16;
    std::vector<std::byte> out(deflateBound(&stream, static_cast<uLong>(block.size())) + kFlush);
    // zlib's interface lacks const here but does not write to its input.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(block.data()));
    stream.avail_in = static_cast<uInt>(block.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int status = deflate(&stream, last ? Z_FINISH : Z_FULL_FLUSH);
    const bool done = status == (last ? Z_STREAM_END : Z_OK) && stream.avail_in == 0;
    out.resize(done ? out.size() - stream.avail_out : 0);
    deflateEnd(&stream);
    return out;
}

std::array<std::byte, 4> little_endian(std::uint32_t word) {
    std::array<std::byte, 4> bytes{};
    for (std::byte& byte : bytes) {
        byte = static_cast<std::byte>(word & 255);
        word >>= 8;
    }
    return bytes;
}

}  // namespace

std::vector<std::byte> gzip_compressed(std::span<const std::byte> contents) {
    const std::size_t count = std::max<std::size_t>((contents.size() + kBlock - 1) / kBlock, 1);
    std::vector<std::vector<std::byte>> blocks(count);
    std::vector<uLong> checks(count);
    const auto block = [&](std::size_t i) {
        return contents.subspan(i * kBlock, std::min(kBlock, contents.size() - i * kBlock));
    };
    parallel_for(count, 1, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t i = begin; i < end; ++i) {
            blocks[i] = deflate_block(block(i), i + 1 == count);
            checks[i] = crc32(0, reinterpret_cast<const Bytef*>(block(i).data()), static_cast<uInt>(block(i).size()));
        }
    });
    // RFC 1952: magic number, deflate, no flags, no time, no hint, no system.
    constexpr std::array<unsigned char, 10> kHeader{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    const auto header = std::as_bytes(std::span(kHeader));
    std::vector<std::byte> out(header.begin(), header.end());
    uLong check = crc32(0, nullptr, 0);
    for (std::size_t i = 0; i < count; ++i) {
        if (blocks[i].empty()) throw failed("zlib cannot deflate a block; is there memory left?");
        out.insert(out.end(), blocks[i].begin(), blocks[i].end());
        check = crc32_combine(check, checks[i], static_cast<z_off_t>(block(i).size()));
    }
    for (const std::uint32_t word : {static_cast<std::uint32_t>(check), static_cast<std::uint32_t>(contents.size())}) {
        const auto bytes = little_endian(word);
        out.insert(out.end(), bytes.begin(), bytes.end());
    }
    return out;
}

}  // namespace inkling
