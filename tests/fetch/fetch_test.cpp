#include <atomic>
#include <thread>

#include "core/hash.h"
#include "fetch_fixture.h"

namespace inkling {
namespace {

TEST_F(Fetch, BringsOnlyTheMembersThatAreNeeded) {
    const HttpServer server([&](const HttpRequest& request) { return serve(request); });
    std::uint64_t bytes = 0;
    for (const OfficialFile& file : archive_.files()) bytes += file.size;
    const Fetched fetched = fetch_split(options(server));
    EXPECT_EQ(fetched.bytes, bytes);
    EXPECT_EQ(fetched.sources, std::vector<std::string>{server.url()});
    expect_whole_split();
    EXPECT_LT(server.sent(), std::size_t{4} << 20);
    EXPECT_GT(archive_.bytes().size(), std::size_t{10} << 20);
}

TEST_F(Fetch, TakesTheWholeArchiveFromAServerWithoutRanges) {
    const HttpServer server([&](const HttpRequest& request) { return serve_file(archive_.bytes(), request, false); });
    fetch_split(options(server));
    expect_whole_split();
    EXPECT_EQ(server.requests().size(), 2u);  // one to learn that there are no ranges
    EXPECT_FALSE(server.requests()[1].range);
}

TEST_F(Fetch, FindsWhatIsThereWithoutTheServer) {
    const HttpServer server([&](const HttpRequest& request) { return serve(request); });
    fetch_split(options(server));
    const std::size_t requests = server.requests().size();
    EXPECT_EQ(fetch_split(options(server)).bytes, 0u);
    EXPECT_EQ(server.requests().size(), requests);
}

TEST_F(Fetch, ReplacesADamagedFile) {
    const HttpServer server([&](const HttpRequest& request) { return serve(request); });
    fetch_split(options(server));
    write_file(folder_ / "data" / kTestLabels, "damaged");
    EXPECT_GT(fetch_split(options(server)).bytes, 0u);
    expect_whole_split();
}

TEST_F(Fetch, GoesOnWhereAConnectionBroke) {
    const HttpServer server([&](const HttpRequest& request) {
        HttpReply reply = serve(request);
        if (reply.body.size() > 600'000) reply.sent = reply.body.size() / 2;
        return reply;
    });
    fetch_split(options(server));
    expect_whole_split();
    const auto requests = server.requests();
    ASSERT_GT(requests.size(), 2u);
    EXPECT_EQ(requests[2].range->second, requests[1].range->second);
    EXPECT_EQ(requests[2].range->first,
              requests[1].range->first + (requests[1].range->second - requests[1].range->first + 1) / 2);
}

TEST_F(Fetch, TakesTheWholeArchiveAgainIfItBrokeWithoutRanges) {
    const HttpServer server([&](const HttpRequest& request) {
        HttpReply reply = serve_file(archive_.bytes(), request, false);
        if (request.number == 1) reply.sent = reply.body.size() / 2;
        return reply;
    });
    fetch_split(options(server));
    expect_whole_split();
    EXPECT_EQ(server.requests().size(), 3u);
}

TEST_F(Fetch, GoesOnWhereAnEarlierProcessStopped) {
    std::atomic<bool> down = true;
    const HttpServer server([&](const HttpRequest& request) {
        return down && request.number >= 2 ? HttpReply{503, "", {}} : serve(request);
    });
    EXPECT_TRUE(contains(failure(options(server), ExitStatus::kFailed),
                         server.url() + ": the server answers with status 503, in each of 3 attempts"));
    expect_nothing();
    down = false;
    const auto before = server.requests();
    fetch_split(options(server));
    expect_whole_split();
    const auto after = server.requests();
    // The block that came the first time is not asked for again.
    for (std::size_t i = before.size(); i < after.size(); ++i) EXPECT_NE(after[i].range, before[1].range);
}

TEST_F(Fetch, ReportsAWrongHashWithBothAndLeavesNothing) {
    const Bytes other = gzip(idx_labels(std::vector<std::uint8_t>(20, 3)));
    const SmallArchive changed(folder_ / "changed.zip", {{kTestLabels, other}});
    const HttpServer server([&](const HttpRequest& request) { return serve_file(changed.bytes(), request, true); });
    EXPECT_TRUE(contains(failure(options(server), ExitStatus::kData),
                         server.url() + ": " + kTestLabels + " has sha256 " + sha256(other) + ", expected " +
                             sha256(archive_.member(kTestLabels)) + " (--allow-hash-mismatch takes it all the same)"));
    EXPECT_EQ(names_in_folder(), std::set<std::string>{".fetch.lock"});

    FetchOptions trusting = options(server);
    trusting.allow_hash_mismatch = true;
    fetch_split(trusting);
    EXPECT_EQ(read_file(folder_ / "data" / kTestLabels), other);
}

TEST_F(Fetch, LoadsWhatItBroughtBeforeItCounts) {
    const SmallArchive changed(folder_ / "changed.zip",
                               {{kTestLabels, gzip(idx_labels(std::vector<std::uint8_t>(19, 3)))}});
    const HttpServer server([&](const HttpRequest& request) { return serve_file(changed.bytes(), request, true); });
    FetchOptions trusting = options(server);
    trusting.allow_hash_mismatch = true;
    EXPECT_TRUE(contains(failure(trusting, ExitStatus::kData), "20 images, expected 19"));
    EXPECT_EQ(names_in_folder(), std::set<std::string>{".fetch.lock"});
}

TEST_F(Fetch, ReportsAnArchiveThatIsNotThere) {
    const HttpServer server([](const HttpRequest&) { return HttpReply{404, "", {}}; });
    EXPECT_EQ(failure(options(server), ExitStatus::kFailed),
              "digits could not be fetched: " + server.url() +
                  ": the server answers with status 404, expected a file; try again later, which goes on where it "
                  "stopped, name another source with --url, or download "
                  "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/gzip.zip by hand and put its "
                  "emnist-digits-*-ubyte.gz into " +
                  (folder_ / "data").string());
    EXPECT_EQ(server.requests().size(), 1u);
    expect_nothing();
}

TEST_F(Fetch, TriesAgainAfterAServerError) {
    const HttpServer server([&](const HttpRequest& request) {
        return request.number == 0 || request.number == 2 ? HttpReply{500, "", {}} : serve(request);
    });
    fetch_split(options(server));
    expect_whole_split();
}

TEST_F(Fetch, FollowsARedirect) {
    const HttpServer server([&](const HttpRequest& request) {
        return request.path == "/gzip.zip" ? HttpReply{302, "Location: /moved.zip\r\n", {}} : serve(request);
    });
    fetch_split(options(server));
    expect_whole_split();
}

TEST_F(Fetch, GivesUpOnEndlessRedirects) {
    const HttpServer server([](const HttpRequest&) { return HttpReply{302, "Location: /gzip.zip\r\n", {}}; });
    EXPECT_TRUE(contains(failure(options(server), ExitStatus::kFailed), "more than 3 redirects"));
    EXPECT_EQ(server.requests().size(), 4u);
    expect_nothing();
}

TEST_F(Fetch, GivesUpOnAStalledServer) {
    const HttpServer server([&](const HttpRequest& request) {
        HttpReply reply = serve(request);
        if (request.number == 1) {
            reply.sent = 1000;
            reply.stalls = true;
        }
        return reply;
    });
    FetchOptions impatient = options(server);
    impatient.http.attempts = 1;
    impatient.http.stall_seconds = 0.5;
    EXPECT_TRUE(contains(failure(impatient, ExitStatus::kFailed), "hardly any data came for 0.5 s"));
    expect_nothing();
}

TEST_F(Fetch, ReportsAServerThatIsNotThere) {
    std::string url;
    {
        const HttpServer server([](const HttpRequest&) { return HttpReply{}; });
        url = server.url();
    }
    EXPECT_TRUE(contains(failure(options({url}), ExitStatus::kFailed), url + ": "));
}

TEST_F(Fetch, RefusesGarbage) {
    const Bytes garbage(3'000'000, std::byte{'x'});
    for (const bool ranges : {true, false}) {
        const HttpServer server([&](const HttpRequest& request) { return serve_file(garbage, request, ranges); });
        EXPECT_TRUE(contains(failure(options(server), ExitStatus::kData),
                             server.url() + ": cannot be opened (Not a zip archive), expected a sound zip archive"));
        EXPECT_EQ(names_in_folder(), std::set<std::string>{".fetch.lock"});
    }
}

TEST_F(Fetch, RefusesAMemberThatClaimsAHugeSize) {
    Bytes bytes = archive_.bytes();
    // The member's entry in the archive's directory is the last place with its name; 22 bytes before it stands its
    // size.
    const auto name = std::as_bytes(std::span(kTestLabels, std::char_traits<char>::length(kTestLabels)));
    const auto entry = std::find_end(bytes.begin(), bytes.end(), name.begin(), name.end());
    ASSERT_NE(entry, bytes.end());
    std::fill_n(entry - 5 - 22, 4, std::byte{0xF0});
    const HttpServer server([&](const HttpRequest& request) { return serve_file(bytes, request, true); });
    EXPECT_TRUE(contains(failure(options(server), ExitStatus::kData),
                         server.url() + ": " + kTestLabels + " of 4042322160 bytes, expected 268435456 at most"));
}

TEST_F(Fetch, RefusesAnArchiveWithoutTheMember) {
    const SmallArchive lacking(folder_ / "lacking.zip", {{kTestLabels, {}}});
    const HttpServer server([&](const HttpRequest& request) { return serve_file(lacking.bytes(), request, true); });
    EXPECT_TRUE(contains(failure(options(server), ExitStatus::kData),
                         server.url() + ": no " + kTestLabels + " in the archive"));
}

TEST_F(Fetch, RefusesAnArchiveThatChangesItsAnswers) {
    const HttpServer server([&](const HttpRequest& request) {
        HttpReply reply = serve(request);
        if (request.number > 0) reply.headers = "Content-Range: bytes 7-9/10\r\n";
        return reply;
    });
    EXPECT_TRUE(contains(failure(options(server), ExitStatus::kFailed), "other bytes than were asked for"));
}

TEST_F(Fetch, IsSafeWhenTwoRunAtOnce) {
    const HttpServer server([&](const HttpRequest& request) { return serve(request); });
    std::vector<std::uint64_t> fetched(2);
    {
        std::vector<std::jthread> both;
        for (std::uint64_t& bytes : fetched) both.emplace_back([&] { bytes = fetch_split(options(server)).bytes; });
    }
    EXPECT_EQ(std::min(fetched[0], fetched[1]), 0u);
    EXPECT_GT(std::max(fetched[0], fetched[1]), 0u);
    expect_whole_split();
}

TEST_F(Fetch, RefusesASplitThatIsNotOfficialAndAnAddressThatIsNone) {
    const HttpServer server([](const HttpRequest&) { return HttpReply{}; });
    FetchOptions wrong = options(server);
    wrong.split = "digit";
    EXPECT_EQ(failure(wrong, ExitStatus::kUsage),
              "no official split 'digit', expected one of byclass, bymerge, balanced, letters, digits, mnist; did you "
              "mean 'digits'?");
    wrong = options({server.url(), "file:///etc/passwd"});
    EXPECT_EQ(failure(wrong, ExitStatus::kUsage), "file:///etc/passwd: expected an address with http:// or https://");
    EXPECT_TRUE(server.requests().empty());
}

TEST(OfficialFiles, AreTheFourOfEachSplit) {
    EXPECT_EQ(official_files().size(), 24u);
    std::uint64_t balanced = 0;
    for (const OfficialFile& file : official_files()) {
        EXPECT_EQ(file.sha256.size(), 64u) << file.name;
        if (file.name.find("-balanced-") != std::string_view::npos) balanced += file.size;
    }
    EXPECT_EQ(balanced, 4'714'707u + 13'504 + 28'207'740 + 80'618);
}

}  // namespace
}  // namespace inkling
