#include <gtest/gtest.h>

#include "data/split_writer.h"
#include "data/synthetic.h"
#include "formats/load_dataset.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

TEST(Synthetic, WrittenFilesReadAsTheSameImages) {
    const TemporaryFolder folder;
    for (const Part part : {Part::kTrain, Part::kTest}) {
        const Dataset made = make_synthetic(part, 100, 4);
        const auto paths = write_part(folder / "new", made);
        EXPECT_EQ(paths[0].filename(), fmt::format("emnist-synthetic-{}-images-idx3-ubyte.gz", part_name(part)));
        const Dataset read = load_dataset(folder / "new", "synthetic", part);
        EXPECT_EQ(read.images, made.images);
        EXPECT_EQ(read.labels, made.labels);
        EXPECT_EQ(read.class_names, made.class_names);
        EXPECT_EQ(read.writers, made.writers);
        EXPECT_EQ(read.files.size(), 4u);
    }
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "new"), {}), 7);
}

TEST(Synthetic, IsWholeInMemoryWhereThereIsNoFolder) {
    EXPECT_TRUE(has_part({}, "synthetic", Part::kTest));
    const Dataset data = load_dataset({}, "synthetic", Part::kTest);
    EXPECT_EQ(data.size(), 9400u);
    for (const std::size_t count : class_histogram(data)) EXPECT_EQ(count, 200u);
}

TEST(Synthetic, OfANamedFolderMustBeThere) {
    const TemporaryFolder folder;
    EXPECT_TRUE(
        contains(data_refusal([&] { load_dataset(folder.path(), "synthetic", Part::kTrain); }), "no files of EMNIST"));
    EXPECT_TRUE(contains(data_refusal([&] { load_dataset({}, "balanced", Part::kTrain); }),
                         "split 'balanced' needs a folder; run 'inkling data fetch --split balanced'"));
}

}  // namespace
}  // namespace inkling
