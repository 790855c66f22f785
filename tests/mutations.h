#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "core/error.h"
#include "core/random.h"
#include "data/largest_allocation.h"
#include "idx_files.h"
#include "soak.h"

namespace inkling {

/// How many a test tries.
inline int mutated_files() { return soaked(10'000); }

/// Damages a file in one to four ways: bits, bytes, big-endian words, cuts, insertions, repetitions.
inline void mutate(Bytes& file, RandomStream& random) {
    const auto below = [&](std::size_t bound) { return random.below(static_cast<std::uint32_t>(bound)); };
    const auto at = [&](std::size_t index) { return file.begin() + static_cast<std::ptrdiff_t>(index); };
    for (std::uint32_t damage = 1 + below(4); damage > 0 && !file.empty(); --damage) {
        const std::size_t index = below(2) == 0 ? below(std::min<std::size_t>(file.size(), 20)) : below(file.size());
        switch (below(6)) {
            case 0:
                file[index] ^= static_cast<std::byte>(1u << below(8));
                break;
            case 1:
                file[index] = static_cast<std::byte>(below(256));
                break;
            case 2: {
                static constexpr std::array<std::uint32_t, 6> kWords = {0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 28};
                const std::uint32_t word = kWords[below(kWords.size())];
                for (std::size_t i = 0; i < 4 && (index & ~3u) + i < file.size(); ++i)
                    file[(index & ~3u) + i] = static_cast<std::byte>(word >> (24 - 8 * i));
                break;
            }
            case 3:
                file.resize(index);
                break;
            case 4:
                file.insert(at(index), 1 + below(40), static_cast<std::byte>(below(256)));
                break;
            default: {
                const Bytes part(at(index), at(index + below(file.size() - index)));
                file.insert(at(below(file.size())), part.begin(), part.end());
            }
        }
    }
}

/// Feeds mutations of a file, and gzipped ones if it may be gzipped, to `parse`: each must be read or refused as bad
/// data in one line, without more memory in one piece than `growth` times its bytes. Returns how many were refused.
inline int count_refusals(const Bytes& original, bool gzipped, std::uint32_t stream,
                          const std::function<void(const Bytes&)>& parse, std::size_t growth = 1032) {
    int refusals = 0;
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(mutated_files()); ++i) {
        RandomStream random(1, Purpose::kPictures, stream, i);
        Bytes file = original;
        const std::uint32_t kind = gzipped ? random.below(3) : 0;
        if (kind == 1) file = gzip(file);
        mutate(file, random);
        if (kind == 2) file = gzip(file);
        reset_largest_allocation();
        try {
            parse(file);
        } catch (const Error& error) {
            ++refusals;
            EXPECT_EQ(error.status(), ExitStatus::kData) << error.what();
            EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
        }
        EXPECT_LE(largest_allocation(), growth * file.size() + 4096) << "file " << i;
    }
    return refusals;
}

}  // namespace inkling
