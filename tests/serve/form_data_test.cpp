#include "serve/form_data.h"

#include "mutations.h"
#include "serve/served_folder.h"

namespace inkling::serve {
namespace {

const std::string kType = "multipart/form-data; boundary=\"a b\"";
const std::string kForm =
    "what stands before counts for nothing\r\n"
    "--a b\r\nContent-Disposition: form-data; name=\"first\"; filename=\"sev\\\"en;.png\"\r\nContent-Type: "
    "image/png\r\n\r\n"
    "one\r\n-- a\r\n"
    "--a b\r\ncontent-disposition: Form-Data; filename=x.png; name=second\r\n\r\n\r\n"
    "--a b--\r\nnor what stands behind";

TEST(FormData, HasNamesAndContents) {
    const auto parts = parse_form_data(kForm, kType, 2);
    ASSERT_EQ(parts.size(), 2u);
    EXPECT_EQ(parts[0].name, "first");
    EXPECT_EQ(parts[0].filename, "sev\"en;.png");
    EXPECT_EQ(parts[0].contents, "one\r\n-- a");
    EXPECT_EQ(parts[1].name, "second");
    EXPECT_EQ(parts[1].filename, "x.png");
    EXPECT_EQ(parts[1].contents, "");
    EXPECT_TRUE(parse_form_data("--x--", "multipart/form-data; boundary=x", 1).empty());
}

TEST(FormData, SaysWhatIsNoForm) {
    const auto refusal = [](const std::string& body, const std::string& type = "multipart/form-data; boundary=x") {
        return refusal_of([&] { parse_form_data(body, type, 2); });
    };
    const auto wrong = [](const std::string& what) {
        return "400 the multipart form " + what + ", expected parts as RFC 7578 has them";
    };
    const std::string head = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
    EXPECT_EQ(refusal("--x--", "multipart/form-data"), wrong("names no boundary of 1 to 70 characters"));
    EXPECT_EQ(refusal("--x--", "multipart/form-data; boundary=" + std::string(71, 'x')),
              wrong("names no boundary of 1 to 70 characters"));
    EXPECT_EQ(refusal("none"), wrong("does not begin with its boundary"));
    EXPECT_EQ(refusal("--xy"), wrong("has a boundary without an end of its line"));
    EXPECT_EQ(refusal(head + "one"), wrong("ends inside a part"));
    EXPECT_EQ(refusal("--x\r\nContent-Disposition: form-data; name=a\r\n--x--"),
              wrong("has a part without an end of its head"));
    EXPECT_EQ(refusal("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n--x--"),
              wrong("has a part without an end of its head"));
    EXPECT_EQ(refusal("--x\r\nContent-Type: text/plain\r\n\r\none\r\n--x--"),
              wrong("has a part without 'Content-Disposition: form-data; name=...'"));
    EXPECT_EQ(refusal(head + "1\r\n" + head + "2\r\n" + head + "3\r\n--x--"), "413 the form has more than 2 parts");
}

TEST(FormData, MutatedFormsAreReadOrRefused) {
    int refused = 0;
    for (int i = 0; i < mutated_files(); ++i) {
        RandomStream random(3, Purpose::kBenchmark, static_cast<std::uint32_t>(i));
        const auto bytes = std::as_bytes(std::span(kForm));
        Bytes form(bytes.begin(), bytes.end());
        mutate(form, random);
        const std::string body(reinterpret_cast<const char*>(form.data()), form.size());
        try {
            for (const FormPart& part : parse_form_data(body, kType, 8)) {
                EXPECT_GE(part.contents.data(), body.data());
                EXPECT_LE(part.contents.data() + part.contents.size(), body.data() + body.size());
            }
        } catch (const Refusal& refusal) {
            EXPECT_TRUE(refusal.status() == 400 || refusal.status() == 413);
            ++refused;
        }
    }
    EXPECT_GT(refused, mutated_files() / 4);
    EXPECT_LT(refused, mutated_files());
}

}  // namespace
}  // namespace inkling::serve
