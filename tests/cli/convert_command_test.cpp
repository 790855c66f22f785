#include <gtest/gtest.h>

#include "cli/json_file.h"
#include "formats/load_dataset.h"
#include "program.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

class ConvertCommand : public testing::Test {
  protected:
    ProgramEnd run(const std::vector<std::string>& arguments) const { return run_program(folder_.path(), arguments); }

    TemporaryFolder folder_;
};

TEST_F(ConvertCommand, WritesAsEmnistsFilesWhatAnyFormatHas) {
    const std::string from = INKLING_FIXTURES "/formats/emnist-tiny.mat";
    const ProgramEnd end = run({"data", "convert", from, "new", "--json", "new.json"});
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(end.output.starts_with("split tiny: EMNIST's MATLAB file, images stored column by column"))
        << end.output;
    EXPECT_TRUE(
        contains(end.output, "tiny train: 6 images of 3 classes in new/emnist-tiny-train-images-idx3-ubyte.gz"));
    for (const Part part : {Part::kTrain, Part::kTest}) {
        const Dataset original = load_dataset(from, "tiny", part);
        const Dataset written = load_dataset(folder_ / "new", "tiny", part, Orientation::kTransposed);
        EXPECT_EQ(written.images, original.images);
        EXPECT_EQ(written.labels, original.labels);
        EXPECT_EQ(written.writers, original.writers);
        EXPECT_EQ(written.class_names, original.class_names);
    }
    EXPECT_EQ(read_json(folder_ / "new.json")["splits"][0]["images"]["test"], 3);
}

TEST_F(ConvertCommand, BadDataAndBadUsageGetALineAndWriteNothing) {
    const ProgramEnd bad = run({"data", "convert", INKLING_FIXTURES "/formats/negative.npz", "new"});
    EXPECT_EQ(bad.status, 3);
    EXPECT_TRUE(contains(bad.output, "y_train: value -1 at index 0, expected whole numbers from 0 to 255\n"));
    EXPECT_EQ(std::count(bad.output.begin(), bad.output.end(), '\n'), 1) << bad.output;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "new" / "emnist-negative-train-images-idx3-ubyte.gz"));
    const ProgramEnd none = run({"data", "convert", ".", "new"});
    EXPECT_EQ(none.status, 3);
    EXPECT_TRUE(contains(none.output, "no files of EMNIST, expected"));
    const ProgramEnd same = run({"data", "convert", ".", "./"});
    EXPECT_EQ(same.status, 2);
    EXPECT_TRUE(contains(same.output, "./: is what is converted, expected another folder to write to"));
    EXPECT_EQ(run({"data", "convert", "."}).status, 2);
}

}  // namespace
}  // namespace inkling
