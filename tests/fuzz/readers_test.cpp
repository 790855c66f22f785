#include "fuzz/readers.h"

#include <gtest/gtest.h>

#include <set>

#include "mutations.h"

namespace inkling {
namespace {

TEST(OutsideReaders, ReadSeedsOfTheirs) {
    std::set<std::string_view> names;
    for (const OutsideReader& reader : outside_readers()) {
        EXPECT_TRUE(names.insert(reader.name).second) << reader.name << " is there twice";
        int read = 0;
        for (const Bytes& seed : reader.seeds()) read += try_reader(reader, seed) ? 1 : 0;
        EXPECT_GT(read, 0) << reader.name;
    }
}

TEST(OutsideReaders, ReadOrRefuseMutatedSeeds) {
    std::uint32_t stream = 1000;
    for (const OutsideReader& reader : outside_readers()) {
        const std::vector<Bytes> seeds = reader.seeds();
        ++stream;
        for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(soaked(500)); ++i) {
            RandomStream random(1, Purpose::kPictures, stream, i);
            Bytes file = seeds[i % seeds.size()];
            mutate(file, random);
            EXPECT_NO_THROW(try_reader(reader, file)) << reader.name << ", file " << i;
        }
    }
}

}  // namespace
}  // namespace inkling
