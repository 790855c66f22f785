#include "data/split_writer.h"

#include <gtest/gtest.h>

#include "tiny_split.h"

namespace inkling {
namespace {

TEST(SplitWriter, WritesNothingBesideAPlainFileThatWouldBeReadInItsPlace) {
    const TemporaryFolder folder;
    Dataset data;
    data.split = "mine";
    data.images = tiny_images(4, 50);
    data.labels = {0, 1, 0, 1};
    data.class_names = {"A", "B"};
    const std::string plain = "emnist-mine-train-labels-idx1-ubyte";
    write_file(folder / plain, "");
    const std::string refusal = refusal_with(ExitStatus::kFailed, [&] { write_part(folder.path(), data); });
    EXPECT_TRUE(contains(refusal, plain + ": would be read in place of what is to be written, " + plain + ".gz"));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
    std::filesystem::remove(folder / plain);
    write_part(folder.path(), data);
    EXPECT_EQ(load_dataset(folder.path(), "mine", Part::kTrain, Orientation::kTransposed).images, data.images);
}

}  // namespace
}  // namespace inkling
