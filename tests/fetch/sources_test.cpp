#include "fetch/sources.h"

#include "core/hash.h"
#include "fetch_fixture.h"

namespace inkling {
namespace {

std::vector<std::string> urls_of(const std::vector<Source>& sources) {
    std::vector<std::string> urls;
    for (const Source& source : sources) urls.push_back(source.url);
    return urls;
}

TEST(Sources, AreTriedInTheOrderOfTheTable) {
    EXPECT_EQ(urls_of(known_sources("balanced")),
              (std::vector<std::string>{"https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/gzip.zip",
                                        "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",
                                        "https://huggingface.co/datasets/Royc30ne/emnist-balanced/resolve/main/",
                                        "https://huggingface.co/datasets/Heliosoph/EMNIST/resolve/main/"}));
}

TEST(Sources, AreLeftOutWhereTheyLackTheSplit) {
    EXPECT_EQ(known_sources("mnist").size(), 3u);
    EXPECT_EQ(known_sources("mnist").back().url, "https://huggingface.co/datasets/Royc30ne/emnist-mnist/resolve/main/");
}

TEST(Sources, AreFoldersWhereTheirPathEndsWithASlash) {
    EXPECT_FALSE(source_at("http://a/gzip.zip").is_folder());
    EXPECT_FALSE(source_at("http://a/gzip.zip?from=/").is_folder());
    EXPECT_TRUE(source_at("http://a/b/").is_folder());
    EXPECT_TRUE(source_at("http://a/b/?key=1").is_folder());
    EXPECT_EQ(source_at("http://a/b/").file_url("x.gz"), "http://a/b/x.gz");
    EXPECT_EQ(source_at("http://a/b/?key=1").file_url("x.gz"), "http://a/b/x.gz?key=1");
}

TEST_F(Fetch, TakesAFolderOfSingleFiles) {
    const HttpServer server([&](const HttpRequest& request) { return serve_folder(request); });
    const Fetched fetched = fetch_split(options({server.url("/files/")}));
    expect_whole_split();
    EXPECT_EQ(fetched.sources, std::vector<std::string>{server.url("/files/")});
    EXPECT_EQ(server.sent(), fetched.bytes + 4);  // and a byte to look each up
}

TEST_F(Fetch, TakesAFolderOfAServerWithoutRanges) {
    const HttpServer server([&](const HttpRequest& request) {
        HttpRequest whole = request;
        whole.range.reset();
        return serve_folder(whole);
    });
    fetch_split(options({server.url("/files/")}));
    expect_whole_split();
}

TEST_F(Fetch, GoesToTheNextSourceAndSaysWhichServed) {
    const HttpServer gone([](const HttpRequest&) { return HttpReply{404, "", {}}; });
    const HttpServer server([&](const HttpRequest& request) { return serve(request); });
    const HttpServer never_asked([&](const HttpRequest& request) { return serve(request); });
    FetchOptions three = options({gone.url(), server.url(), never_asked.url()});
    std::vector<std::string> failures;
    three.on_failure = [&](const std::string& failure) { failures.push_back(failure); };
    EXPECT_EQ(fetch_split(three).sources, std::vector<std::string>{server.url()});
    EXPECT_EQ(failures, std::vector<std::string>{gone.url() + ": the server answers with status 404, expected a file"});
    EXPECT_TRUE(never_asked.requests().empty());
    expect_whole_split();
}

TEST_F(Fetch, LetsSeveralSourcesServeTogether) {
    const HttpServer partly([&](const HttpRequest& request) {
        return contains(request.path, kTestLabels) ? HttpReply{404, "", {}} : serve_folder(request);
    });
    const HttpServer rest([&](const HttpRequest& request) { return serve_folder(request); });
    const Fetched fetched = fetch_split(options({partly.url("/files/"), rest.url("/files/")}));
    EXPECT_EQ(fetched.sources, (std::vector<std::string>{partly.url("/files/"), rest.url("/files/")}));
    expect_whole_split();
    for (const HttpRequest& request : rest.requests()) {
        const bool came_before = contains(request.path, "test-images");
        EXPECT_FALSE(came_before) << request.path;
    }
}

TEST_F(Fetch, TakesNoFileWithAnotherHashFromAnySource) {
    const Bytes other = gzip(idx_labels(std::vector<std::uint8_t>(20, 3)));
    const HttpServer changed([&](const HttpRequest& request) {
        return contains(request.path, kTestLabels) ? serve_file(other, request, true) : serve_folder(request);
    });
    const HttpServer right([&](const HttpRequest& request) { return serve(request); });
    EXPECT_EQ(fetch_split(options({changed.url("/files/"), right.url()})).sources.back(), right.url());
    expect_whole_split();

    FetchOptions only = options({changed.url("/files/")});
    only.folder = folder_ / "only";
    const std::string said = failure(only, ExitStatus::kData);
    EXPECT_TRUE(contains(said, changed.url("/files/") + kTestLabels + ": " + std::to_string(other.size()) +
                                   " bytes, expected " + std::to_string(archive_.member(kTestLabels).size())));
    only.allow_hash_mismatch = true;
    fetch_split(only);
    EXPECT_EQ(read_file(folder_ / "only" / kTestLabels), other);
}

TEST_F(Fetch, ListsWhatEachSourceSaidAndWhatToDoByHand) {
    const HttpServer gone([](const HttpRequest&) { return HttpReply{404, "", {}}; });
    const HttpServer busy([](const HttpRequest&) { return HttpReply{503, "", {}}; });
    const std::string said = failure(options({gone.url(), busy.url("/files/")}), ExitStatus::kFailed);
    EXPECT_TRUE(said.starts_with("digits could not be fetched: " + gone.url() + ": the server answers with status 404"))
        << said;
    EXPECT_TRUE(contains(said, "; " + busy.url("/files/emnist-digits-test-images-idx3-ubyte.gz") +
                                   ": the server answers with status 503, in each of 3 attempts; try again later"));
    EXPECT_TRUE(contains(said,
                         "download https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/gzip.zip by hand and put "
                         "its emnist-digits-*-ubyte.gz into " +
                             (folder_ / "data").string()));
    expect_nothing();
}

TEST_F(Fetch, FindsFilesThatWerePutThereByHand) {
    make_folder(folder_ / "data");
    for (const OfficialFile& file : archive_.files())
        write_file(folder_ / "data" / file.name, archive_.member(std::string(file.name)));
    const HttpServer server([](const HttpRequest&) { return HttpReply{404, "", {}}; });
    EXPECT_EQ(fetch_split(options(server)).bytes, 0u);
    EXPECT_TRUE(server.requests().empty());
}

}  // namespace
}  // namespace inkling
