#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <iterator>
#include <sstream>

#include "connect_proxy.h"
#include "core/file_lock.h"
#include "http_server.h"
#include "program.h"
#include "refusal.h"
#include "small_archive.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

class FetchCommand : public testing::Test {
  protected:
    // No data of the machine's own.
    FetchCommand() {
        ::unsetenv("INKLING_DATA");
        ::setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    }
    ~FetchCommand() override { ::unsetenv("https_proxy"); }

    static std::vector<std::string> words(const std::string& text) {
        std::istringstream stream(text);
        return {std::istream_iterator<std::string>(stream), std::istream_iterator<std::string>()};
    }

    ProgramEnd run(const std::string& arguments) const { return run_program(folder_.path(), words(arguments)); }

    /// Ctrl-C to a fetch that waits.
    static void expect_to_stop(Program& program) {
        program.signal(SIGINT);
        const ProgramEnd end = program.wait();
        EXPECT_EQ(end.status, 130) << end.output;
        EXPECT_TRUE(contains(end.output, "inkling: stopped"));
    }

    TemporaryFolder folder_;
};

TEST_F(FetchCommand, FillsTheCacheThatTheOthersRead) {
    const SmallArchive archive(folder_ / "gzip.zip");
    const HttpServer server([&](const HttpRequest& request) { return serve_file(archive.bytes(), request, true); });
    // The small archive's files are none of the official ones.
    const std::string fetch = "data fetch --split digits --attempts 1 --url " + server.url();
    const ProgramEnd refused = run(fetch);
    EXPECT_EQ(refused.status, 3);
    EXPECT_TRUE(contains(refused.output, "expected 20ebe43509264f76"));
    EXPECT_TRUE(contains(refused.output, "--allow-hash-mismatch takes it all the same"));
    const ProgramEnd fetched = run(fetch + " --allow-hash-mismatch");
    EXPECT_EQ(fetched.status, 0) << fetched.output;
    EXPECT_TRUE(contains(fetched.output, " MiB from " + server.url() + " into "));
    EXPECT_TRUE(contains(fetched.output, "cache/inkling"));
    const ProgramEnd info = run("data info");
    EXPECT_EQ(info.status, 0) << info.output;
    EXPECT_TRUE(contains(info.output, "train        30 images"));
}

TEST_F(FetchCommand, TwoAtOnceBothEndWell) {
    const SmallArchive archive(folder_ / "gzip.zip");
    const HttpServer server([&](const HttpRequest& request) { return serve_file(archive.bytes(), request, true); });
    const auto fetch = words("data fetch --split digits --allow-hash-mismatch --out ../here --url " + server.url());
    make_folder(folder_ / "a");
    make_folder(folder_ / "b");
    Program first(folder_ / "a", fetch);
    Program second(folder_ / "b", fetch);
    for (const ProgramEnd& end : {first.wait(), second.wait()}) EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_EQ(run("data info --data here").status, 0);
}

TEST_F(FetchCommand, FailsInOneLine) {
    const HttpServer server([](const HttpRequest&) { return HttpReply{404, "", {}}; });
    const ProgramEnd outcome = run("data fetch --url " + server.url());
    EXPECT_EQ(outcome.status, 1);
    EXPECT_TRUE(outcome.output.starts_with("inkling: balanced could not be fetched: " + server.url() +
                                           ": the server answers with status 404, expected a file; "))
        << outcome.output;
    EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 1) << outcome.output;
    const ProgramEnd wrong = run("data fetch --split balansed");
    EXPECT_EQ(wrong.status, 2);
    EXPECT_TRUE(contains(wrong.output, "did you mean 'balanced'?"));
}

TEST_F(FetchCommand, TriesTheSourcesThatAreNamedInTurn) {
    const SmallArchive archive(folder_ / "gzip.zip");
    const HttpServer gone([](const HttpRequest&) { return HttpReply{404, "", {}}; });
    const HttpServer server([&](const HttpRequest& request) { return serve_file(archive.bytes(), request, true); });
    const ProgramEnd end =
        run("data fetch --split digits --allow-hash-mismatch --url " + gone.url() + " --url " + server.url());
    EXPECT_EQ(end.status, 0);
    EXPECT_TRUE(end.output.starts_with(
        gone.url() + ": the server answers with status 404, expected a file; trying the next source\ndigits: "))
        << end.output;
    EXPECT_TRUE(contains(end.output, " MiB from " + server.url() + " into "));
}

TEST_F(FetchCommand, StopsWhenAskedToWhileAServerStalls) {
    const HttpServer server(
        [](const HttpRequest&) { return HttpReply{.headers = {}, .body = {}, .stalls = true, .claimed_length = 9}; });
    Program program(folder_.path(), words("data fetch --stall-timeout 3600 --url " + server.url()));
    ASSERT_TRUE(program.wait_until([&] { return server.requests().size() == 1; }));
    expect_to_stop(program);
}

TEST_F(FetchCommand, StopsWhenAskedToBetweenAttempts) {
    const HttpServer server([](const HttpRequest&) { return HttpReply{503, "", {}}; });
    Program program(folder_.path(), words("data fetch --attempts 100 --url " + server.url()));
    // The next pause lasts some seconds.
    ASSERT_TRUE(program.wait_until([&] { return server.requests().size() == 3; }));
    expect_to_stop(program);
}

TEST_F(FetchCommand, StopsWhenAskedToWhileItConnects) {
    const LocalPort silent;
    const std::string url = "https://127.0.0.1:" + std::to_string(silent.number()) + "/gzip.zip";
    Program program(folder_.path(), words("data fetch --attempts 100 --url " + url));
    ASSERT_TRUE(program.wait_until([&] { return readable(silent.socket()); }));
    expect_to_stop(program);
}

TEST_F(FetchCommand, StopsWhenAskedToWhileAnotherFetches) {
    const FileLock another(folder_ / ".fetch.lock", true);
    Program program(folder_.path(), words("data fetch --out . --url http://127.0.0.1:1/gzip.zip"));
    ASSERT_TRUE(program.wait_for_output("waiting for another process"));
    expect_to_stop(program);
}

TEST_F(FetchCommand, StopsWhenAskedToWithinAStudy) {
    const LocalPort silent;
    ::setenv("https_proxy", ("http://127.0.0.1:" + std::to_string(silent.number())).c_str(), 1);
    Program program(folder_.path(), {"study"});
    ASSERT_TRUE(program.wait_until([&] { return readable(silent.socket()); }));
    expect_to_stop(program);
}

TEST_F(FetchCommand, AStudyWithoutEmnistSaysWhatEachSourceSaid) {
    const ConnectProxy proxy("403 Forbidden");
    ::setenv("https_proxy", proxy.url().c_str(), 1);
    Program program(folder_.path(), {"study"});
    ASSERT_TRUE(program.wait_for_output("budget quick"));
    program.signal(SIGINT);
    const ProgramEnd end = program.wait();
    EXPECT_EQ(end.status, 130);
    EXPECT_TRUE(
        end.output.starts_with("synthetic images: handwriting made by Inkling, not EMNIST, because there is "
                               "none here\n  balanced could not be fetched: https://www.itl.nist.gov/"))
        << end.output;
    for (const char* host : {"www.itl.nist.gov", "biometrics.nist.gov", "huggingface.co"}) {
        EXPECT_TRUE(contains(end.output, std::string("https://") + host));
        EXPECT_TRUE(contains(fmt::format("{}", fmt::join(proxy.requests(), " ")), std::string(host) + ":443"));
    }
    EXPECT_TRUE(contains(
        end.output, "by hand and put its emnist-balanced-*-ubyte.gz into " + (folder_ / "cache" / "inkling").string()));
}

}  // namespace
}  // namespace inkling
