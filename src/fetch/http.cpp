#include "fetch/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <thread>

#include "core/error.h"
#include "core/interrupt.h"
#include "fetch/source_error.h"

namespace inkling {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr double kSlowestRate = 1000;  // bytes a second, below which a transfer counts as stalled
constexpr int kPollMilliseconds = 50;  // between two looks at interrupted()

/// A failure that may pass.
struct Setback {
    std::string reason;
    bool silent = false;  // the server is not reached or stalls: waiting for it costs the most
};

void stop_if_interrupted() {
    if (interrupted())
        throw Error(ExitStatus::kInterrupted, "stopped; what came is kept, the same command goes on from there");
}

void pause(Seconds seconds) {
    const auto end = Clock::now() + seconds;
    while (Clock::now() < end) {
        stop_if_interrupted();
        std::this_thread::sleep_for(std::min<Seconds>(std::chrono::milliseconds(kPollMilliseconds), seconds));
    }
}

/// Finds out when hardly anything has come for so long.
class StallWatch {
  public:
    StallWatch(CURL* curl, double seconds) : curl_(curl), seconds_(seconds) {}

    bool stalled() {
        curl_off_t connected = 0;  // microseconds until the request could be sent; 0: not yet, which has its own limit
        curl_off_t received = 0;
        curl_easy_getinfo(curl_, CURLINFO_PRETRANSFER_TIME_T, &connected);
        curl_easy_getinfo(curl_, CURLINFO_SIZE_DOWNLOAD_T, &received);
        const auto now = Clock::now();
        if (connected == 0 || static_cast<double>(received - received_) >= kSlowestRate * seconds_.count()) {
            since_ = now;
            received_ = received;
        }
        return now - since_ > seconds_;
    }

  private:
    CURL* curl_;
    Seconds seconds_;
    Clock::time_point since_ = Clock::now();
    curl_off_t received_ = 0;
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

template <std::size_t kCount>
bool is_one_of(const std::array<CURLcode, kCount>& codes, CURLcode code) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

constexpr std::array kLasting = {CURLE_UNSUPPORTED_PROTOCOL,  CURLE_URL_MALFORMAT,      CURLE_COULDNT_RESOLVE_HOST,
                                 CURLE_COULDNT_RESOLVE_PROXY, CURLE_SSL_CACERT_BADFILE, CURLE_PEER_FAILED_VERIFICATION,
                                 CURLE_OUT_OF_MEMORY};
constexpr std::array kUnreached = {CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR};

/// A file of certificates to trust beside the system's, as the program curl has it; empty: none.
std::string certificates() {
    for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"})
        if (const char* file = std::getenv(name); file != nullptr && *file != '\0') return file;
    return {};
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
    std::string type;                     // of Content-Type
    std::optional<std::byte> first_byte;  // of the body
    bool stop = false;                    // set by on_piece when it has enough
    std::exception_ptr exception;

    void read_header(std::string_view line) {
        if (line.substr(0, 5) == "HTTP/") {  // of a redirect's target, or the only one
            first = length = total = {};
            etag = last_modified = type = {};
        }
        if (const auto value = header_value(line, "content-length"); !value.empty()) length = parse_number(value);
        if (const auto value = header_value(line, "etag"); !value.empty()) etag = value;
        if (const auto value = header_value(line, "last-modified"); !value.empty()) last_modified = value;
        if (const auto value = header_value(line, "content-type"); !value.empty()) type = value;
        if (const auto value = header_value(line, "content-range"); value.substr(0, 6) == "bytes ") {
            first = parse_number(value.substr(6, value.find('-') - 6));
            total = parse_number(value.substr(std::min(value.find('/'), value.size() - 1) + 1));
        }
    }

    bool take(std::span<const std::byte> piece) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        if (status != 200 && status != 206) return false;
        if (!first_byte && !piece.empty()) first_byte = piece.front();
        try {
            on_piece(*this, piece);
        } catch (...) {  // must not pass through libcurl
            exception = std::current_exception();
        }
        return !stop && !exception;
    }

    /// Some servers call every file a web page, so that the type alone says too little.
    bool is_web_page() const {
        constexpr auto kZip = std::byte{'P'};
        constexpr auto kGzip = std::byte{0x1F};
        if (!first_byte || first_byte == kZip || first_byte == kGzip) return false;
        return type.starts_with("text/html") || first_byte == std::byte{'<'};
    }
};

struct HttpClient::Handle {
    CURL* curl = curl_easy_init();
    CURLM* multi = curl_multi_init();  // a plain curl_easy_perform() could not be interrupted while it waits
    std::array<char, CURL_ERROR_SIZE> reason{};
    ~Handle() {
        curl_easy_cleanup(curl);
        curl_multi_cleanup(multi);
    }
};

HttpClient::HttpClient(std::string url, HttpOptions options) : url_(std::move(url)), options_(options) {
    start_curl();
    handle_ = std::make_unique<Handle>();
    CURL* curl = handle_->curl;
    if (curl == nullptr || handle_->multi == nullptr) throw failed("cannot start libcurl");
    curl_easy_setopt(curl, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "inkling");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, static_cast<long>(options_.redirects));
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, std::lround(1000 * options_.connect_seconds));
    if (const std::string file = certificates(); !file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, file.c_str());
#if LIBCURL_VERSION_NUM >= 0x075700
    // A name server that does not answer is not waited for beyond the timeout.
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
#endif
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
    Seconds delay(options_.first_delay);
    for (int attempt = 1;; ++attempt, delay *= 2) {
        try {
            return action();
        } catch (const Setback& setback) {
            const bool last = attempt >= options_.attempts || (setback.silent && !options_.persistent);
            if (last && attempt == 1) throw source_failed("{}: {}", url_, setback.reason);
            if (last) throw source_failed("{}: {}, in each of {} attempts", url_, setback.reason, attempt);
        }
        pause(delay);
    }
}

/// Runs the prepared request to its end and returns curl's code. Throws Setback for a stall, Error (interrupted).
int HttpClient::perform() {
    CURL* curl = handle_->curl;
    CURLM* multi = handle_->multi;
    const auto remove = [multi](CURL* added) { curl_multi_remove_handle(multi, added); };
    curl_multi_add_handle(multi, curl);
    const std::unique_ptr<CURL, decltype(remove)> added(curl, remove);
    StallWatch watch(curl, options_.stall_seconds);
    while (true) {
        int running = 0;
        if (const CURLMcode code = curl_multi_perform(multi, &running); code != CURLM_OK)
            throw failed("libcurl cannot go on ({})", curl_multi_strerror(code));
        stop_if_interrupted();
        int left = 0;
        if (const CURLMsg* message = curl_multi_info_read(multi, &left); message != nullptr)
            return message->data.result;
        if (watch.stalled())
            throw Setback{fmt::format("hardly any data came for {:g} s", options_.stall_seconds), true};
        curl_multi_poll(multi, nullptr, 0, kPollMilliseconds, nullptr);
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
    const auto code = static_cast<CURLcode>(perform());
    if (transfer.exception) std::rethrow_exception(transfer.exception);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &transfer.status);
    long proxy_status = 0;
    curl_easy_getinfo(curl, CURLINFO_HTTP_CONNECTCODE, &proxy_status);

    if (code == CURLE_TOO_MANY_REDIRECTS) throw source_failed("{}: more than {} redirects", url_, options_.redirects);
    if (transfer.status >= 500 || transfer.status == 408 || transfer.status == 429)
        throw Setback{fmt::format("the server answers with status {}", transfer.status)};
    if (transfer.status != 0 && transfer.status != 200 && transfer.status != 206 && transfer.status / 100 != 3)
        throw source_failed("{}: the server answers with status {}, expected a file", url_, transfer.status);
    if (code == CURLE_OK || transfer.stop) return;
    if (proxy_status >= 400)
        throw source_failed("{}: the proxy answers with status {}, expected a connection", url_, proxy_status);
    if (code == CURLE_OPERATION_TIMEDOUT)
        throw Setback{fmt::format("no connection within {:g} s", options_.connect_seconds), true};
    const std::string reason = handle_->reason[0] != '\0' ? handle_->reason.data() : curl_easy_strerror(code);
    if (is_one_of(kLasting, code)) throw source_failed("{}: {}", url_, reason);
    throw Setback{reason, is_one_of(kUnreached, code)};
}

HttpFile HttpClient::look_up() {
    HttpFile file;
    repeat([&] {
        Transfer transfer;
        // A server without ranges sends the whole file, of which only the head is wanted.
        transfer.on_piece = [](Transfer& answer, std::span<const std::byte>) { answer.stop = answer.status == 200; };
        get("0-0", transfer);
        if (transfer.is_web_page())
            throw source_unsound("{}: the server answers with a web page, expected a zip archive or a gzip file", url_);
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
                throw source_failed("{}: the server sends other bytes than were asked for", url_);
            bytes.insert(bytes.end(), piece.begin(), piece.end());
            on_piece(piece.size());
        };
        get(fmt::format("{}-{}", from, first + size - 1), transfer);
        if (bytes.size() < size) throw Setback{"the connection ended early"};
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
