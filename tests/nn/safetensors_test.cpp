#include "nn/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

#include "core/error.h"
#include "core/random.h"
#include "soak.h"

namespace inkling {
namespace {

std::vector<std::byte> file_of(const std::string& header, std::size_t value_bytes, std::uint64_t length) {
    std::vector<std::byte> contents(8 + header.size() + value_bytes);
    std::memcpy(contents.data(), &length, 8);
    std::memcpy(contents.data() + 8, header.data(), header.size());
    return contents;
}

std::vector<std::byte> file_of(const std::string& header, std::size_t value_bytes = 8) {
    return file_of(header, value_bytes, header.size());
}

/// The message that refuses `contents`; empty where they are taken.
std::string refusal(std::vector<std::byte> contents) {
    try {
        const Safetensors file(std::move(contents), "x.safetensors");
        return "";
    } catch (const Error& error) {
        EXPECT_EQ(error.status(), ExitStatus::kData);
        return error.what();
    }
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<std::byte> example() {
    static const std::vector<float> weight = {1, 2, 3, 4, 5, 6};
    static const std::vector<double> scalars = {0.1};
    static const std::vector<std::int64_t> steps = {1LL << 60, -1};
    const std::vector<NamedTensor> tensors = {{"0.weight", {2, 3}, std::span<const float>(weight)},
                                              {"scalars", {1}, std::span<const double>(scalars)},
                                              {"steps", {2}, std::span<const std::int64_t>(steps)},
                                              {"empty", {0, 7}, std::span<const float>()}};
    return encode_safetensors(tensors, {{"classes", "A\nB"}});
}

TEST(Safetensors, GivesBackWhatWasWritten) {
    const Safetensors file(example(), "x");
    EXPECT_EQ(file.metadata("classes"), "A\nB");
    EXPECT_EQ(file.shape("0.weight"), (std::vector<std::size_t>{2, 3}));
    std::vector<float> weight(6);
    file.read("0.weight", weight);
    EXPECT_EQ(weight, (std::vector<float>{1, 2, 3, 4, 5, 6}));
    std::vector<double> scalars(1);
    file.read("scalars", scalars);
    EXPECT_EQ(scalars[0], 0.1);
    std::vector<std::int64_t> steps(2);
    file.read("steps", steps);
    EXPECT_EQ(steps, (std::vector<std::int64_t>{1LL << 60, -1}));
    EXPECT_TRUE(file.contains("empty"));
    EXPECT_FALSE(file.contains("bias"));
}

TEST(Safetensors, WritesTheFormatsBytes) {
    const std::vector<float> values = {1.0f};
    const std::vector<NamedTensor> tensors = {{"w", {1}, std::span<const float>(values)}};
    const auto contents = encode_safetensors(tensors, {});
    const std::string header = R"({"w":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}})";
    std::uint64_t length = 0;
    std::memcpy(&length, contents.data(), 8);
    EXPECT_EQ(length % 8, 0u);
    const std::string written(reinterpret_cast<const char*>(contents.data()) + 8, length);
    EXPECT_EQ(written.substr(0, header.size()), header);
    EXPECT_EQ(written.find_first_not_of(' ', header.size()), std::string::npos);
    EXPECT_EQ(contents.size(), 8 + length + 4);
    EXPECT_EQ(contents[8 + length + 3], std::byte{0x3f});
}

TEST(Safetensors, RefusesTypesAndSizesThatWereNotAskedFor) {
    const Safetensors file(example(), "x");
    std::vector<double> doubles(3);
    EXPECT_THROW(file.read("0.weight", doubles), Error);
    std::vector<float> floats(5);
    EXPECT_THROW(file.read("0.weight", floats), Error);
    EXPECT_THROW(file.read("bias", floats), Error);
    EXPECT_THROW(file.shape("bias"), Error);
    EXPECT_THROW(file.metadata("spec"), Error);
}

TEST(Safetensors, RefusesEveryTruncation) {
    const auto contents = example();
    for (std::size_t size = 0; size < contents.size(); ++size)
        EXPECT_NE(refusal({contents.begin(), contents.begin() + static_cast<std::ptrdiff_t>(size)}), "") << size;
}

TEST(Safetensors, RefusesTrailingBytes) {
    auto contents = example();
    contents.push_back(std::byte{0});
    EXPECT_TRUE(has(refusal(contents), "bytes of values, expected"));
}

TEST(Safetensors, RefusesAHeaderLongerThanTheFileWithoutTakingItsMemory) {
    EXPECT_TRUE(has(refusal(file_of("{}", 0, std::uint64_t{1} << 62)), "not a safetensors file"));
    EXPECT_TRUE(has(refusal(file_of("{}", 0, 3)), "cut off"));
}

TEST(Safetensors, RefusesHeadersThatContradictThemselves) {
    const auto tensor = [](const std::string& text) { return "{\"w\":" + text + "}"; };
    EXPECT_EQ(refusal(file_of(tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})"))), "");
    EXPECT_TRUE(has(refusal(file_of("[1]")), "not an object"));
    EXPECT_TRUE(has(refusal(file_of("hello")), "not JSON"));
    EXPECT_TRUE(has(refusal(file_of(tensor("3"))), "not an object"));
    EXPECT_TRUE(has(refusal(file_of(tensor(R"({"shape":[2],"data_offsets":[0,8]})"))), "dtype"));
    EXPECT_TRUE(has(refusal(file_of(tensor(R"({"dtype":"Q7","shape":[2],"data_offsets":[0,8]})"))), "dtype Q7"));
    EXPECT_TRUE(has(refusal(file_of(tensor(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})"))), "contradicts"));
    EXPECT_TRUE(has(refusal(file_of(tensor(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})"))), "0 or more"));
    EXPECT_TRUE(has(refusal(file_of(tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[0,99]})"))), "do not lie"));
    EXPECT_TRUE(has(refusal(file_of(tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})"))), "do not lie"));
    EXPECT_TRUE(has(refusal(file_of(tensor(R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})"))), "gap"));
    EXPECT_TRUE(has(refusal(file_of(R"({"__metadata__":{"a":1}})", 0)), "not a string"));
    EXPECT_TRUE(has(refusal(file_of(R"({"__metadata__":{},"__metadata__":{}})", 0)), "twice"));
    EXPECT_TRUE(has(refusal(file_of(tensor("[[[[[[1]]]]]]"))), "nested"));
    EXPECT_TRUE(has(refusal(file_of(tensor(R"({"dtype":"a\nb\u001b","shape":[2],"data_offsets":[0,8]})"))),
                    R"(dtype a\x0ab\x1b, expected)"));
    EXPECT_TRUE(has(refusal(file_of(R"({"a\nb":3})")), R"(tensor a\x0ab: not an object)"));
}

TEST(Safetensors, RefusesAShapeWhoseProductOverflows) {
    const std::string shape = R"({"w":{"dtype":"F32","shape":[4611686018427387906,4],"data_offsets":[0,32]}})";
    EXPECT_TRUE(has(refusal(file_of(shape, 32)), "contradicts"));
    const std::string zero = R"({"w":{"dtype":"F32","shape":[18446744073709551615,0],"data_offsets":[0,0]}})";
    EXPECT_EQ(refusal(file_of(zero, 0)), "");
}

TEST(Safetensors, RefusesTensorsThatShareBytes) {
    const std::string header = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                               R"("b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})";
    EXPECT_TRUE(has(refusal(file_of(header)), "overlap"));
}

TEST(Safetensors, TakesOrRefusesEveryMutationWithoutHarm) {
    const auto original = example();
    int refused = 0;
    for (std::uint32_t round = 0; round < static_cast<std::uint32_t>(soaked(10'000)); ++round) {
        RandomStream random(1, Purpose::kBenchmark, round);
        auto contents = original;
        for (std::uint32_t change = random.below(4) + 1; change > 0; --change) {
            const auto at = static_cast<std::ptrdiff_t>(random.below(static_cast<std::uint32_t>(contents.size())));
            switch (random.below(3)) {
                case 0:
                    contents[static_cast<std::size_t>(at)] = static_cast<std::byte>(random.below(256));
                    break;
                case 1:
                    contents.erase(contents.begin() + at);
                    break;
                default:
                    contents.insert(contents.begin() + at, static_cast<std::byte>("[]{},:0-9\""[random.below(10)]));
            }
        }
        refused += refusal(std::move(contents)).empty() ? 0 : 1;
    }
    EXPECT_GT(refused, 5'000);
}

}  // namespace
}  // namespace inkling
