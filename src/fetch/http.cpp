#include "fetch/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <exception>
#include <string_view>
#include <thread>

#include "core/error.h"

namespace inkling {
namespace {

constexpr long kSlowestRate = 1000;  // bytes a second, below which a transfer counts as stalled

/// A failure that may pass.
struct Transient {
    std::string reason;
};

void start_curl() {
    static const CURLcode status = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (status != CURLE_OK) throw failed("cannot start libcurl ({})", curl_easy_strerror(status));
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return {};
    return number;
}

/// The value of header `name`, which is in lower case; empty if the line is another's.
std::string_view header_value(std::string_view line, std::string_view name) {
    const auto same = [](char expected, char found) {
        return std::tolower(static_cast<unsigned char>(found)) == expected;
    };
    if (line.size() <= name.size() || line[name.size()] != ':' ||
        !std::equal(name.begin(), name.end(), line.begin(), same))
        return {};
    line.remove_prefix(name.size() + 1);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return line.substr(0, line.find_last_not_of(" \t\r\n") + 1);
}

bool may_pass(CURLcode code) {
    constexpr std::array kLasting = {CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT,
                                     CURLE_COULDNT_RESOLVE_HOST, CURLE_PEER_FAILED_VERIFICATION,
                                     CURLE_SSL_CACERT_BADFILE,   CURLE_OUT_OF_MEMORY};
    return std::find(kLasting.begin(), kLasting.end(), code) == kLasting.end();
}

}  // namespace

/// One request and its answer as far as it has come.
struct HttpClient::Transfer {
    std::function<void(Transfer&, std::span<const std::byte>)> on_piece;
    CURL* curl = nullptr;
    long status = 0;
    std::optional<std::uint64_t> first;   // of Content-Range
    std::optional<std::uint64_t> length;  // of Content-Length
    std::optional<std::uint64_t> total;   // of Content-Range
    std::string etag;
    std::string last_modified;
    bool stop = false;  // set by on_piece when it has enough
    std::exception_ptr exception;

    void read_header(std::string_view line) {
        if (line.substr(0, 5) == "HTTP/") {  // of a redirect's target, or the only one
            first = length = total = {};
            etag = last_modified = {};
        }
        if (const auto value = header_value(line, "content-length"); !value.empty()) length = parse_number(value);
        if (const auto value = header_value(line, "etag"); !value.empty()) etag = value;
        if (const auto value = header_value(line, "last-modified"); !value.empty()) last_modified = value;
        if (const auto value = header_value(line, "content-range"); value.substr(0, 6) == "bytes ") {
            first = parse_number(value.substr(6, value.find('-') - 6));
            total = parse_number(value.substr(std::min(value.find('/'), value.size() - 1) + 1));
        }
    }

    bool take(std::span<const std::byte> piece) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        if (status != 200 && status != 206) return false;
        try {
            on_piece(*this, piece);
        } catch (...) {  // must not pass through libcurl
            exception = std::current_exception();
        }
        return !stop && !exception;
    }
};

struct HttpClient::Handle {
    CURL* curl = curl_easy_init();
    std::array<char, CURL_ERROR_SIZE> reason{};
    ~Handle() { curl_easy_cleanup(curl); }
};

HttpClient::HttpClient(std::string url, HttpOptions options) : url_(std::move(url)), options_(options) {
    if (url_.rfind("http://", 0) != 0 && url_.rfind("https://", 0) != 0)
        throw wrong_usage("{}: expected an address with http:// or https://", url_);
    start_curl();
    handle_ = std::make_unique<Handle>();
    CURL* curl = handle_->curl;
    if (curl == nullptr) throw failed("cannot start libcurl");
    curl_easy_setopt(curl, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "inkling");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, static_cast<long>(options_.redirects));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT,
                     static_cast<long>(std::min(options_.connect_seconds, options_.stall_seconds)));
#if LIBCURL_VERSION_NUM >= 0x075700
    // A name server that does not answer is not waited for beyond the timeout.
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
#endif
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kSlowestRate);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.stall_seconds));
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, handle_->reason.data());
    curl_easy_setopt(
        curl, CURLOPT_HEADERFUNCTION, +[](char* line, std::size_t size, std::size_t count, void* transfer) {
            static_cast<Transfer*>(transfer)->read_header({line, size * count});
            return size * count;
        });
    curl_easy_setopt(
        curl, CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t size, std::size_t count, void* transfer) {
            const auto piece = std::as_bytes(std::span(data, size * count));
            return static_cast<Transfer*>(transfer)->take(piece) ? piece.size() : std::size_t{0};
        });
}

HttpClient::~HttpClient() = default;

template <class Action>
void HttpClient::repeat(Action&& action) {
    std::chrono::duration<double> delay(options_.first_delay);
    for (int attempt = 1;; ++attempt, delay *= 2) {
        try {
            return action();
        } catch (const Transient& failure) {
            if (attempt >= options_.attempts)
                throw failed("{}: {}, in each of {} attempts; run the command again later, it goes on where it stopped",
                             url_, failure.reason, attempt);
        }
        std::this_thread::sleep_for(delay);
    }
}

/// Sends one request; `range` as in HTTP, "0-99", or empty for the whole file. Returns if the answer came to its end or
/// was stopped.
void HttpClient::get(const std::string& range, Transfer& transfer) {
    CURL* curl = handle_->curl;
    transfer.curl = curl;
    handle_->reason[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_RANGE, range.empty() ? nullptr : range.c_str());
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
    const CURLcode code = curl_easy_perform(curl);
    if (transfer.exception) std::rethrow_exception(transfer.exception);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &transfer.status);

    if (code == CURLE_TOO_MANY_REDIRECTS)
        throw failed("{}: more than {} redirects, expected the archive; name another address with --url", url_,
                     options_.redirects);
    if (transfer.status >= 500 || transfer.status == 408 || transfer.status == 429)
        throw Transient{fmt::format("the server answers with status {}", transfer.status)};
    if (transfer.status != 0 && transfer.status != 200 && transfer.status != 206 && transfer.status / 100 != 3)
        throw failed("{}: the server answers with status {}, expected the archive; name another address with --url",
                     url_, transfer.status);
    if (code == CURLE_OK || transfer.stop) return;
    curl_off_t connected = 0;  // microseconds; 0: never
    curl_easy_getinfo(curl, CURLINFO_CONNECT_TIME_T, &connected);
    if (code == CURLE_OPERATION_TIMEDOUT && connected == 0)
        throw Transient{fmt::format("the server was not reached in {} s",
                                    std::min(options_.connect_seconds, options_.stall_seconds))};
    if (code == CURLE_OPERATION_TIMEDOUT)
        throw Transient{fmt::format("hardly any data came for {} s", options_.stall_seconds)};
    const std::string reason = handle_->reason[0] != '\0' ? handle_->reason.data() : curl_easy_strerror(code);
    if (may_pass(code)) throw Transient{reason};
    throw failed("{}: {}; check the connection or name another address with --url", url_, reason);
}

HttpFile HttpClient::look_up() {
    HttpFile file;
    repeat([&] {
        Transfer transfer;
        // A server without ranges sends the whole file, of which only the head is wanted.
        transfer.on_piece = [](Transfer& answer, std::span<const std::byte>) { answer.stop = answer.status == 200; };
        get("0-0", transfer);
        file.ranges = transfer.status == 206 && transfer.first == std::uint64_t{0} && transfer.total;
        file.size = file.ranges ? transfer.total : transfer.status == 200 ? transfer.length : std::nullopt;
        file.validator = !transfer.etag.empty() ? transfer.etag : transfer.last_modified;
    });
    return file;
}

std::vector<std::byte> HttpClient::read_range(std::uint64_t first, std::size_t size,
                                              const std::function<void(std::size_t)>& on_piece) {
    std::vector<std::byte> bytes;
    bytes.reserve(size);
    repeat([&] {
        const std::uint64_t from = first + bytes.size();
        Transfer transfer;
        transfer.on_piece = [&](Transfer& answer, std::span<const std::byte> piece) {
            if (answer.status != 206 || answer.first != from || piece.size() > size - bytes.size())
                throw failed("{}: the server sends other bytes than were asked for; name another address with --url",
                             url_);
            bytes.insert(bytes.end(), piece.begin(), piece.end());
            on_piece(piece.size());
        };
        get(fmt::format("{}-{}", from, first + size - 1), transfer);
        if (bytes.size() < size) throw Transient{"the connection ended early"};
    });
    return bytes;
}

void HttpClient::read_whole(const std::function<void()>& on_start,
                            const std::function<void(std::span<const std::byte>)>& on_piece) {
    repeat([&] {
        on_start();
        Transfer transfer;
        transfer.on_piece = [&](Transfer&, std::span<const std::byte> piece) { on_piece(piece); };
        get("", transfer);
    });
}

}  // namespace inkling
