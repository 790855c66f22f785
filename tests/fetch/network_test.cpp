#include <optional>

#include "connect_proxy.h"
#include "fetch_fixture.h"
#include "tls_front.h"

namespace inkling {
namespace {

/// An environment variable that holds for one test.
class Variable {
  public:
    Variable(std::string name, const std::string& value) : name_(std::move(name)) {
        if (const char* before = std::getenv(name_.c_str()); before != nullptr) before_ = before;
        ::setenv(name_.c_str(), value.c_str(), 1);
    }
    ~Variable() {
        if (before_)
            ::setenv(name_.c_str(), before_->c_str(), 1);
        else
            ::unsetenv(name_.c_str());
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

  private:
    std::string name_;
    std::optional<std::string> before_;
};

/// What networks do to a download. Each source that fails stands before one that serves.
class Network : public Fetch {
  protected:
    /// What was said of the source `url`, which must be given up in favour of the next.
    std::string given_up(const std::string& url, const HttpOptions& http) {
        const HttpServer next([&](const HttpRequest& request) { return serve(request); });
        FetchOptions both = options({url, next.url()});
        both.http = http;
        std::string said;
        both.on_failure = [&](const std::string& failure) { said += failure; };
        EXPECT_EQ(fetch_split(both).sources.back(), next.url());
        expect_whole_split();
        return said;
    }

    std::string given_up(const std::string& url) { return given_up(url, {.first_delay = 0.01}); }
};

TEST_F(Network, ARedirectMayLeadToAnotherHost) {
    const HttpServer target([&](const HttpRequest& request) { return serve_folder(request); });
    const HttpServer server([&](const HttpRequest& request) {
        return HttpReply{302, "Location: " + target.url(request.path) + "\r\n", {}};
    });
    EXPECT_EQ(fetch_split(options({server.url("/files/")})).sources, std::vector<std::string>{server.url("/files/")});
    expect_whole_split();
}

TEST_F(Network, ARedirectMayNotLeadOutOfTheWeb) {
    const HttpServer server([&](const HttpRequest&) {
        return HttpReply{302, "Location: file://" + (folder_ / "gzip.zip").string() + "\r\n", {}};
    });
    EXPECT_TRUE(contains(given_up(server.url()), "rotocol"));
}

TEST_F(Network, AWebPageIsNoArchiveAndNoFile) {
    const std::string text = "<!DOCTYPE html><html>EMNIST has moved.</html>";
    const std::string untyped = "\n" + text;
    for (const bool ranges : {true, false})
        for (const char* path : {"/gzip.zip", "/files/"}) {
            const HttpServer server([&](const HttpRequest& request) {
                return serve_file(std::as_bytes(std::span(text)), request, ranges);
            });
            const HttpServer typed([&](const HttpRequest& request) {
                HttpReply reply = serve_file(std::as_bytes(std::span(untyped)), request, ranges);
                reply.headers += "Content-Type: text/html; charset=utf-8\r\n";
                return reply;
            });
            for (const HttpServer* each : {&server, &typed})
                EXPECT_TRUE(contains(failure(options({each->url(path)}), ExitStatus::kData),
                                     ": the server answers with a web page, expected a zip archive or a gzip file"));
        }
    expect_nothing();
}

TEST_F(Network, AnArchiveThatIsCalledAWebPageIsTaken) {
    const HttpServer server([&](const HttpRequest& request) {
        HttpReply reply = serve(request);
        reply.headers += "Content-Type: text/html\r\n";
        return reply;
    });
    fetch_split(options(server));
    expect_whole_split();
}

TEST_F(Network, ALengthThatIsTooLongIsABrokenConnection) {
    const HttpServer server([&](const HttpRequest& request) {
        HttpReply reply = serve_file(archive_.bytes(), request, false);
        reply.claimed_length = reply.body.size() + 1000;
        return reply;
    });
    EXPECT_TRUE(contains(given_up(server.url()), "in each of 3 attempts"));
}

TEST_F(Network, ALengthThatIsTooShortCutsTheArchive) {
    const HttpServer server([&](const HttpRequest& request) {
        HttpReply reply = serve_file(archive_.bytes(), request, false);
        reply.claimed_length = reply.body.size() - 1000;
        return reply;
    });
    EXPECT_TRUE(contains(given_up(server.url()), "expected a sound zip archive"));
}

TEST_F(Network, ALengthThatIsNotTheFilesIsRefusedBeforeItComes) {
    for (const int change : {-1, 1}) {
        const HttpServer server([&](const HttpRequest& request) {
            HttpRequest whole = request;
            whole.range.reset();
            HttpReply reply = serve_folder(whole);
            reply.claimed_length = reply.body.size() + static_cast<std::size_t>(change);
            return reply;
        });
        EXPECT_TRUE(contains(failure(options({server.url("/files/")}), ExitStatus::kData), " bytes, expected "));
        EXPECT_EQ(server.requests().size(), 1u);
    }
}

TEST_F(Network, AnEnormousLengthIsRefused) {
    const HttpServer server([&](const HttpRequest& request) {
        HttpReply reply = serve_file(archive_.bytes(), request, false);
        reply.claimed_length = std::size_t{1} << 40;
        return reply;
    });
    EXPECT_TRUE(contains(given_up(server.url()), "1099511627776 bytes, expected 2147483648 at most"));
}

TEST_F(Network, AServerThatStallsIsGivenUpAtOnce) {
    for (const std::size_t sent : {std::size_t{0}, std::size_t{1000}}) {
        std::filesystem::remove_all(folder_ / "data");
        const HttpServer server([&](const HttpRequest& request) {
            HttpReply reply = serve(request);
            if (request.number < 1) return reply;
            reply.sent = sent;
            reply.stalls = true;
            return reply;
        });
        EXPECT_EQ(given_up(server.url(), {.stall_seconds = 1}), server.url() + ": hardly any data came for 1 s");
        EXPECT_EQ(server.requests().size(), 2u);
    }
}

TEST_F(Network, AServerThatTricklesIsGivenUpToo) {
    const HttpServer server([&](const HttpRequest& request) {
        HttpReply reply = serve(request);
        reply.trickle = 5;
        return reply;
    });
    EXPECT_EQ(given_up(server.url(), {.stall_seconds = 1}), server.url() + ": hardly any data came for 1 s");
}

TEST_F(Network, AServerThatNeverAnswersIsGivenUpAtOnce) {
    const LocalPort silent;
    const std::string url = "https://127.0.0.1:" + std::to_string(silent.number()) + "/gzip.zip";
    EXPECT_EQ(given_up(url, {.connect_seconds = 1}), url + ": no connection within 1 s");
}

TEST_F(Network, IPv6WithoutARouteIsGivenUp) {
    const Variable no_proxy_of_the_machine("http_proxy", "");
    // A link-local address without its link: the system has no way there, and sends nothing.
    EXPECT_TRUE(given_up("http://[fe80::1]:80/gzip.zip").starts_with("http://[fe80::1]:80/gzip.zip: "));
}

TEST_F(Network, IPv4IsTakenWhereIPv6LeadsNowhere) {
    // localhost is ::1 too, where this server does not listen.
    const HttpServer server([&](const HttpRequest& request) { return serve(request); });
    fetch_split(options({"http://localhost:" + std::to_string(server.port()) + "/gzip.zip"}));
    expect_whole_split();
}

TEST_F(Network, TlsIsSpokenWithAServerThatIsTrusted) {
    const HttpServer behind([&](const HttpRequest& request) { return serve(request); });
    const TlsIdentity identity;
    const TlsFront server(behind.port(), identity);
    identity.write(folder_ / "certificate.pem");
    const Variable trust("CURL_CA_BUNDLE", (folder_ / "certificate.pem").string());
    EXPECT_EQ(fetch_split(options({server.url("/gzip.zip")})).sources.front(), server.url("/gzip.zip"));
    expect_whole_split();
}

TEST_F(Network, ACertificateThatNobodyVouchesForIsRefused) {
    const HttpServer behind([&](const HttpRequest& request) { return serve(request); });
    const TlsFront server(behind.port(), TlsIdentity());
    EXPECT_TRUE(contains(given_up(server.url("/gzip.zip")), "certificate"));
    EXPECT_TRUE(behind.requests().empty());
}

TEST_F(Network, ACertificateOfAnotherTimeOrHostIsRefused) {
    const HttpServer behind([&](const HttpRequest& request) { return serve(request); });
    const TlsIdentity expired(-7200, -3600);
    const TlsFront server(behind.port(), expired);
    expired.write(folder_ / "expired.pem");
    {
        const Variable trust("CURL_CA_BUNDLE", (folder_ / "expired.pem").string());
        EXPECT_TRUE(contains(given_up(server.url("/gzip.zip")), "expired"));
    }
    const TlsIdentity identity;
    const TlsFront other(behind.port(), identity);
    identity.write(folder_ / "certificate.pem");
    const Variable trust("CURL_CA_BUNDLE", (folder_ / "certificate.pem").string());
    std::string url = other.url("/gzip.zip");
    url.replace(url.find("localhost"), 9, "127.0.0.1");
    std::filesystem::remove_all(folder_ / "data");
    EXPECT_TRUE(contains(given_up(url), "127.0.0.1"));
    EXPECT_TRUE(behind.requests().empty());
}

TEST_F(Network, AProxyIsTakenFromTheEnvironment) {
    const HttpServer behind([&](const HttpRequest& request) { return serve(request); });
    const TlsIdentity identity;
    const TlsFront server(behind.port(), identity);
    const ConnectProxy proxy;
    identity.write(folder_ / "certificate.pem");
    const Variable trust("CURL_CA_BUNDLE", (folder_ / "certificate.pem").string());
    const Variable address("https_proxy", proxy.url());
    const Variable everywhere("no_proxy", "");
    fetch_split(options({server.url("/gzip.zip")}));
    expect_whole_split();
    ASSERT_FALSE(proxy.requests().empty());
    EXPECT_TRUE(contains(server.url(""), proxy.requests().front().substr(std::string("CONNECT ").size())));
}

TEST_F(Network, AProxyThatRefusesIsNamed) {
    const ConnectProxy proxy("403 Forbidden");
    const Variable address("https_proxy", proxy.url());
    EXPECT_EQ(given_up("https://example.invalid/gzip.zip"),
              "https://example.invalid/gzip.zip: the proxy answers with status 403, expected a connection");
    EXPECT_EQ(proxy.requests(), std::vector<std::string>{"CONNECT example.invalid:443"});
}

}  // namespace
}  // namespace inkling
