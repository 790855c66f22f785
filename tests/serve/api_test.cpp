#include "serve/api.h"

#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "core/threads.h"
#include "data/idx.h"
#include "mutations.h"
#include "pictures/png.h"
#include "refusal.h"
#include "serve/served_folder.h"

namespace inkling::serve {
namespace {

using nlohmann::json;

/// A 28x28 PNG whose pixel in the middle is white.
std::string picture() {
    std::vector<std::uint8_t> pixels(784, 255);  // png_of() takes ink for black
    pixels[kCentre] = 0;
    const auto png = png_of(pixels, kIdxImageShape);
    return {reinterpret_cast<const char*>(png.data()), png.size()};
}

std::string images_json(std::size_t count) {
    std::vector<int> pixels(784);
    pixels[kCentre] = 255;
    const std::vector<std::string> images(count, fmt::format("[{}]", fmt::join(pixels, ",")));
    return fmt::format("{{\"images\": [{}]}}", fmt::join(images, ","));
}

class ApiTest : public testing::Test {
  protected:
    Api make(ApiOptions options = {}) {
        options.most_images = 3;
        options.version = "1.2.3";
        return Api(models_, batcher_, metrics_, options);
    }

    /// As a server asks.
    static Response ask(Api& api, const Request& request) {
        const std::optional<Response> early = api.answer_head(request);
        return early ? *early : api.answer(request);
    }

    static Request prediction(std::string type, std::string body, std::map<std::string, std::string> query = {}) {
        return {.method = "POST",
                .path = "/v1/predict",
                .query = std::move(query),
                .content_type = std::move(type),
                .body = std::move(body)};
    }

    static json read(Api& api, const Request& request) {
        const Response response = ask(api, request);
        EXPECT_EQ(response.status, 200) << *response.body;
        EXPECT_EQ(response.content_type, "application/json");
        return json::parse(*response.body);
    }

    /// "400 the detail" of a problem in RFC 9457's form.
    static std::string refused(Api& api, const Request& request) {
        const Response response = ask(api, request);
        EXPECT_EQ(response.content_type, "application/problem+json");
        const json problem = json::parse(*response.body);
        EXPECT_EQ(problem.at("status"), response.status);
        EXPECT_EQ(problem.at("type"), "about:blank");
        return fmt::format("{} {}: {}", response.status, problem.at("title").get<std::string>(),
                           problem.at("detail").get<std::string>());
    }

    ServedFolder folder_;
    Models models_{folder_.paths()};
    Metrics metrics_;
    Batcher batcher_{
        {.threads = thread_count(), .on_batch = [this](std::size_t images) { metrics_.count_batch(images); }}};
};

TEST_F(ApiTest, ReadsThePictureInABody) {
    Api api = make();
    for (const char* type : {"image/png", "", "application/x-www-form-urlencoded"}) {
        const json answer = read(api, prediction(type, picture(), {{"coverage", "0.9"}}));
        EXPECT_EQ(answer.at("coverage"), 0.9);
        ASSERT_EQ(answer.at("pictures").size(), 1u);
        const json& character = answer["pictures"][0].at("characters").at(0);
        EXPECT_EQ(character.at("box"), (json{{"x", 0}, {"y", 0}, {"width", 28}, {"height", 28}}));
        ASSERT_EQ(character.at("classes").size(), 4u);
        EXPECT_EQ(character["classes"][0].at("name"), "b");
        EXPECT_NEAR(character["classes"][0].at("probability"), probability_of_b(1), 1e-6);
        EXPECT_EQ(character.at("set"), (json{"b", "A"})) << "those of at least 0.2";
    }
}

TEST_F(ApiTest, ReadsAFormOfSeveralPicturesAndSaysWhichItCannotRead) {
    Api api = make();
    const auto part = [](const std::string& head, const std::string& contents) {
        return "--x\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + contents + "\r\n";
    };
    const Request request = prediction("multipart/form-data; boundary=x",
                                       part("name=one; filename=\"b.png\"", picture()) +
                                           part("name=two", "no picture") + part("name=three", picture()) + "--x--");
    const json pictures = read(api, request).at("pictures");
    ASSERT_EQ(pictures.size(), 3u);
    EXPECT_EQ(pictures[0].at("file"), "b.png");
    EXPECT_EQ(pictures[0].at("characters").size(), 1u);
    EXPECT_EQ(pictures[1].at("file"), "two");
    EXPECT_EQ(pictures[1].at("error"), "two: no picture, expected PNG, JPEG, BMP, PNM, TIFF or WebP");
    EXPECT_EQ(pictures[2].at("characters"), pictures[0].at("characters"));
}

TEST_F(ApiTest, ReadsImagesAsNumbers) {
    Api api = make();
    const Request one =
        prediction("application/json; charset=utf-8", images_json(1), {{"model", "second"}, {"top", "2"}});
    const json answer = read(api, one);
    EXPECT_FALSE(answer.contains("coverage")) << "the model has no set of 95%";
    EXPECT_EQ(answer.at("pictures")[0].at("file"), "images[0]");
    const json& classes = answer["pictures"][0].at("characters")[0].at("classes");
    ASSERT_EQ(classes.size(), 2u);
    EXPECT_NEAR(classes[0].at("probability"), probability_of_b(2), 1e-6);
    const json digits = read(api, prediction("application/json", images_json(3), {{"charset", "digits"}}));
    ASSERT_EQ(digits.at("pictures").size(), 3u);
    EXPECT_EQ(digits["pictures"][2].at("characters")[0].at("classes")[0].at("name"), "7");
    EXPECT_NEAR(digits["pictures"][2]["characters"][0]["classes"][0].at("probability"), 1 / (1 + std::exp(-1)), 1e-6);
    const std::string blank = fmt::format("{{\"images\":[[{}]]}}", fmt::join(std::vector<int>(784), ","));
    EXPECT_TRUE(read(api, prediction("application/json", blank)).at("pictures")[0].at("characters").empty());
}

TEST_F(ApiTest, RefusalsSayWhatWasExpected) {
    Api api = make();
    const std::string png = picture();
    EXPECT_EQ(refused(api, prediction("image/png", "")),
              "400 Bad Request: picture: no picture, expected PNG, JPEG, BMP, PNM, TIFF or WebP");
    EXPECT_EQ(refused(api, prediction("application/json", "{\"images\": []}")),
              "400 Bad Request: no picture in the request");
    EXPECT_EQ(refused(api, prediction("application/json", images_json(4))),
              "413 Content Too Large: more than 3 images in a request");
    EXPECT_EQ(refused(api, prediction("text/html", png)),
              "415 Unsupported Media Type: a body of type text/html, expected a picture (image/png and so on), "
              "multipart/form-data or application/json");
    EXPECT_EQ(refused(api, prediction("image/png", png, {{"model", "third"}})),
              "404 Not Found: no model third; /v1/models lists them");
    EXPECT_EQ(refused(api, prediction("image/png", png, {{"charset", "x"}})),
              "400 Bad Request: charset x: the network has no class x, expected some of 0 7 A b");
    EXPECT_EQ(refused(api, prediction("image/png", png, {{"coverage", "1"}})),
              "400 Bad Request: coverage 1, expected 0.9, 0.95 or 0.99");
    for (const char* top : {"0", "257", "1x", ""})
        EXPECT_EQ(refused(api, prediction("image/png", png, {{"top", top}})),
                  fmt::format("400 Bad Request: top {}, expected a whole number of 1 to 256", top));
    EXPECT_EQ(refused(api, prediction("image/png", png, {{"file", "/etc/passwd"}})),
              "400 Bad Request: no parameter file, expected model, charset, coverage or top");
    Request gzipped = prediction("image/png", png);
    gzipped.content_encoding = "gzip";
    EXPECT_EQ(refused(api, gzipped), "415 Unsupported Media Type: a body of coding gzip, expected none");
}

TEST_F(ApiTest, KnowsNoOtherPathsAndMethods) {
    Api api = make();
    for (const char* path : {"", "/v1", "/v1/predict/", "/../etc/passwd", "//etc/passwd", "/index.html", "/healthz\n"})
        EXPECT_EQ(refused(api, {.method = "GET", .path = path}),
                  "404 Not Found: nothing here; /openapi.json says what there is");
    const Response response = ask(api, {.method = "DELETE", .path = "/v1/models"});
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(response.headers, (std::vector<std::pair<std::string, std::string>>{{"Allow", "GET, HEAD"}}));
    EXPECT_EQ(ask(api, {.method = "GET", .path = "/v1/predict"}).headers.front().second, "POST");
    EXPECT_EQ(ask(api, {.method = "HEAD", .path = "/healthz"}).status, 200);
}

TEST_F(ApiTest, TellsOfItsModels) {
    Api api = make();
    const json models = read(api, {.method = "GET", .path = "/v1/models"}).at("models");
    ASSERT_EQ(models.size(), 2u);
    EXPECT_EQ(models[1], (json{{"name", "second"},
                               {"recipe", "middle"},
                               {"split", "mine"},
                               {"classes", kNames},
                               {"parameters", 784 * 4 + 4},
                               {"coverages", {0.9}},
                               {"loading", 1}}));
}

TEST_F(ApiTest, MakesThePageAnewWhenAModelIs) {
    Api api = make();
    const Response first = ask(api, {.method = "GET", .path = "/"});
    EXPECT_EQ(first.content_type, "text/html; charset=utf-8");
    EXPECT_TRUE(contains(*first.body, "\"name\":\"first\""));
    EXPECT_TRUE(contains(*first.body, "\"name\":\"second\""));
    EXPECT_EQ(ask(api, {.method = "GET", .path = "/"}).body, first.body) << "made once for all who ask";
    models_.reload(Reload::kAll);
    EXPECT_NE(ask(api, {.method = "GET", .path = "/"}).body, first.body);
}

TEST_F(ApiTest, HasADocumentOfEveryRoute) {
    Api api = make();
    const json document = read(api, {.method = "GET", .path = "/openapi.json"});
    EXPECT_EQ(document.at("openapi"), "3.1.0");
    EXPECT_EQ(document.at("info").at("version"), "1.2.3");
    EXPECT_EQ(document.at("components").at("schemas").at("Images").at("properties").at("images").at("maxItems"), 3);
    ASSERT_EQ(document.at("paths").size(), 7u);
    for (const auto& [path, operations] : document["paths"].items())
        for (const auto& [method, operation] : operations.items())
            EXPECT_NE(ask(api, {.method = method == "get" ? "GET" : "POST", .path = path}).status, 404) << path;
}

TEST_F(ApiTest, AsksForATokenButForItsHealth) {
    Api api = make({.token = "0123456789abcdef"});
    Request request{.method = "GET", .path = "/v1/models"};
    const Response response = ask(api, request);
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(response.headers.front(), (std::pair<std::string, std::string>{"WWW-Authenticate", "Bearer"}));
    for (const char* wrong : {"Bearer", "Bearer ", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0",
                              "Basic 0123456789abcdef", "0123456789abcdef"}) {
        request.authorization = wrong;
        EXPECT_EQ(ask(api, request).status, 401) << wrong;
    }
    for (const char* right : {"Bearer 0123456789abcdef", "bearer  0123456789abcdef "}) {
        request.authorization = right;
        EXPECT_EQ(ask(api, request).status, 200) << right;
    }
    EXPECT_EQ(ask(api, {.method = "GET", .path = "/nothing"}).status, 401) << "strangers learn nothing of paths";
    EXPECT_EQ(ask(api, {.method = "GET", .path = "/healthz"}).status, 200);
    EXPECT_EQ(ask(api, {.method = "GET", .path = "/readyz"}).status, 200);
}

TEST_F(ApiTest, LimitsAClientsRate) {
    Api api = make({.rate = 2});
    const Request request{.method = "GET", .path = "/v1/models", .client = "10.0.0.1"};
    std::map<int, int> counts;
    for (int i = 0; i < 20; ++i) ++counts[ask(api, request).status];
    EXPECT_GE(counts[200], 2);
    EXPECT_GE(counts[429], 1);
    EXPECT_EQ(counts[200] + counts[429], 20);
    EXPECT_EQ(ask(api, {.method = "GET", .path = "/v1/models", .client = "10.0.0.2"}).status, 200);
    EXPECT_EQ(ask(api, {.method = "GET", .path = "/healthz", .client = "10.0.0.1"}).status, 200);
}

TEST_F(ApiTest, IsNotReadyOnceItRetires) {
    Api api = make();
    EXPECT_EQ(ask(api, {.method = "GET", .path = "/readyz"}).status, 200);
    api.retire();
    EXPECT_EQ(refused(api, {.method = "GET", .path = "/readyz"}),
              "503 Service Unavailable: the server is about to stop");
    EXPECT_EQ(ask(api, {.method = "GET", .path = "/healthz"}).status, 200);
}

TEST_F(ApiTest, CountsUnderAFewRoutes) {
    Api api = make({.gauges = [] { return std::vector<Gauge>{{"inkling_connections", "Connections.", 5}}; }});
    api.count({.path = "/v1/models"}, 200, 0.1);
    for (const char* path : {"/a", "/b"}) api.count({.path = path}, 404, 0.1);
    const Response response = ask(api, {.method = "GET", .path = "/metrics"});
    EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_TRUE(contains(*response.body, "inkling_requests_total{route=\"/v1/models\",status=\"200\"} 1\n"));
    EXPECT_TRUE(contains(*response.body, "inkling_requests_total{route=\"other\",status=\"404\"} 2\n"));
    EXPECT_TRUE(contains(*response.body, "inkling_connections 5\n"));
    EXPECT_TRUE(contains(*response.body, "inkling_images_waiting 0\n"));
}

TEST_F(ApiTest, MutatedPicturesAreReadOrRefused) {
    Api api = make();
    const std::string original = picture();
    std::map<int, int> counts;
    for (int i = 0; i < mutated_files(); ++i) {
        RandomStream random(5, Purpose::kBenchmark, static_cast<std::uint32_t>(i));
        const auto bytes = std::as_bytes(std::span(original));
        Bytes png(bytes.begin(), bytes.end());
        mutate(png, random);
        ++counts[ask(api, prediction("image/png", {reinterpret_cast<const char*>(png.data()), png.size()})).status];
    }
    EXPECT_GT(counts[400], mutated_files() / 2);
    EXPECT_EQ(counts[400] + counts[200], mutated_files());
}

}  // namespace
}  // namespace inkling::serve
