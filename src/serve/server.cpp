#include "serve/server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <string_view>
#include <thread>

#include "core/error.h"
#include "serve/answerers.h"
#include "serve/connections.h"

namespace inkling::serve {
namespace {

using Clock = Connection::Clock;

constexpr int kHeadBytes = 32 * 1024;            // of a request's first line and headers together
constexpr std::size_t kRefusedConnections = 64;  // beyond the limit, that are open to be told so
constexpr rlim_t kOtherDescriptors = 64;
constexpr std::chrono::hours kAnswering{1};  // who computes has limits of its own

/// What makes a browser take an answer for no more than it is.
constexpr std::array<std::array<const char*, 2>, 6> kSecurityHeaders = {{
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
}};

/// The page allows its own scripts by their hashes; nothing else is a document.
const char* content_policy(const Response& response) {
    return response.content_type.starts_with("text/html") ? "frame-ancestors 'none'"
                                                          : "default-src 'none'; frame-ancestors 'none'";
}

std::string address_of(const sockaddr* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address->sa_family == AF_INET)
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text.data(), text.size());
    else if (address->sa_family == AF_INET6)
        ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text.data(), text.size());
    return text.data();
}

Connection* connection_of(MHD_Connection* connection) {
    return static_cast<Connection*>(
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context);
}

std::string header_of(MHD_Connection* connection, const char* name) {
    const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value == nullptr ? "" : value;
}

/// How often the request has headers that say how long its body is.
int count_lengths(MHD_Connection* connection) {
    int count = 0;
    MHD_get_connection_values(
        connection, MHD_HEADER_KIND,
        [](void* counted, MHD_ValueKind, const char* key, const char*) {
            for (const char* name : {MHD_HTTP_HEADER_CONTENT_LENGTH, MHD_HTTP_HEADER_TRANSFER_ENCODING})
                if (::strcasecmp(key, name) == 0) ++*static_cast<int*>(counted);
            return MHD_YES;
        },
        &count);
    return count;
}

std::map<std::string, std::string> query_of(MHD_Connection* connection) {
    std::map<std::string, std::string> query;
    MHD_get_connection_values(
        connection, MHD_GET_ARGUMENT_KIND,
        [](void* found, MHD_ValueKind, const char* key, const char* value) {
            (*static_cast<std::map<std::string, std::string>*>(found))[key] = value == nullptr ? "" : value;
            return MHD_YES;
        },
        &query);
    return query;
}

/// Makes room for the descriptors of so many connections, as far as the system lets.
void allow_descriptors(std::size_t connections) {
    const rlim_t wanted = connections + kRefusedConnections + kOtherDescriptors;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted) return;
    if (limit.rlim_max < wanted)
        throw failed(
            "{} connections need {} open files, the system allows {}; take fewer --connections, or raise the "
            "limit (ulimit -n)",
            connections, wanted, limit.rlim_max);
    limit.rlim_cur = wanted;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// A request from its head to the end of its answer. It belongs to the thread of the connections but while an answerer
/// has it.
struct Exchange {
    Request request;
    std::optional<Response> response = {};
    bool discards = false;  // the body comes to its end, but nobody will read it
    std::size_t held = 0;   // bytes of the server's memory for bodies and answers
    Clock::time_point begun = Clock::now();
};

}  // namespace

struct Server::Impl {
    Impl(ServerLimits server_limits, Service whose_service)
        : limits(server_limits),
          service(std::move(whose_service)),
          connections(limits.connections),
          answerers(limits.answerers, limits.waiting) {}

    void start(const Listener& listener) {
        allow_descriptors(limits.connections);
        const std::array<MHD_OptionItem, 6> options = {{
            {MHD_OPTION_LISTEN_SOCKET, listener.descriptor, nullptr},
            {MHD_OPTION_CONNECTION_LIMIT, static_cast<std::intptr_t>(limits.connections + kRefusedConnections),
             nullptr},
            {MHD_OPTION_CONNECTION_MEMORY_LIMIT, kHeadBytes, nullptr},
            {MHD_OPTION_NOTIFY_CONNECTION, reinterpret_cast<std::intptr_t>(&Impl::on_connection), this},
            {MHD_OPTION_NOTIFY_COMPLETED, reinterpret_cast<std::intptr_t>(&Impl::on_completed), this},
            {MHD_OPTION_END, 0, nullptr},
        }};
        // Not by epoll: there, libmicrohttpd misses that a client closed its side right behind what it sent.
        daemon = MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr,
                                  &Impl::on_data, this, MHD_OPTION_ARRAY, options.data(), MHD_OPTION_END);
        if (daemon == nullptr) throw failed("cannot serve at {}: the system gives no thread for it", listener.address);
    }

    ~Impl() {
        if (daemon == nullptr) return;
        retire();
        answerers.stop();  // no connection is suspended from here on
        MHD_stop_daemon(daemon);
    }

    void retire() {
        if (draining.exchange(true)) return;
        const MHD_socket listener = MHD_quiesce_daemon(daemon);
        if (listener != MHD_INVALID_SOCKET) ::close(listener);
    }

    bool hold(Exchange& exchange, std::size_t bytes) {
        if (held.fetch_add(bytes) + bytes > limits.memory) {
            held -= bytes;
            return false;
        }
        exchange.held += bytes;
        return true;
    }

    Response too_large() const { return problem(413, "a body of more than " + std::to_string(limits.body) + " bytes"); }
    static Response no_memory() { return problem(503, "too many bodies are held at once; come again in a second"); }

    /// Why a request's body is not wanted, from what its head says of it.
    std::optional<Response> refused_body(MHD_Connection* connection, Exchange& exchange) {
        if (count_lengths(connection) > 1) return problem(400, "the head says more than once how long the body is");
        const std::string text = header_of(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
        std::size_t length = 0;
        const auto error = std::from_chars(text.data(), text.data() + text.size(), length).ec;
        if (error == std::errc::result_out_of_range || length > limits.body) return too_large();
        if (!hold(exchange, length)) return no_memory();
        exchange.request.body.reserve(length);
        return std::nullopt;
    }

    MHD_Result on_head(MHD_Connection* connection, Exchange& exchange, const char* url, const char* method) {
        const Connection* mine = connection_of(connection);
        connections.give(connection_of(connection), limits.transfer);
        exchange.request = {.method = method,
                            .path = url,
                            .query = query_of(connection),
                            .client = mine->client,
                            .authorization = header_of(connection, MHD_HTTP_HEADER_AUTHORIZATION),
                            .content_type = header_of(connection, MHD_HTTP_HEADER_CONTENT_TYPE),
                            .content_encoding = header_of(connection, MHD_HTTP_HEADER_CONTENT_ENCODING),
                            .body = {}};
        if (mine->one_too_many)
            exchange.response = problem(503, "too many connections; come again in a second");
        else
            exchange.response = refused_body(connection, exchange);
        // Nobody waits for a body whose end may be far or unknown: the answer comes first, and ends the connection.
        if (exchange.response) return reply(connection, exchange, true);
        exchange.response = service.answer_head(exchange.request);
        exchange.discards = exchange.response.has_value();
        return MHD_YES;
    }

    void on_body(Exchange& exchange, std::string_view piece) {
        if (exchange.discards) return;
        std::string& body = exchange.request.body;
        if (body.size() + piece.size() > limits.body)
            exchange.response = too_large();
        else if (body.size() + piece.size() > exchange.held && !hold(exchange, piece.size()))
            exchange.response = no_memory();
        exchange.discards = exchange.response.has_value();
        if (exchange.discards)
            body = {};
        else
            body.append(piece);
    }

    /// The whole request is there.
    MHD_Result on_end(MHD_Connection* connection, Exchange& exchange) {
        if (exchange.response) return reply(connection, exchange, false);
        connections.give(connection_of(connection), kAnswering);
        MHD_suspend_connection(connection);
        const bool taken = answerers.take([this, connection, &exchange] {
            exchange.response = service.answer(exchange.request);
            MHD_resume_connection(connection);
        });
        if (!taken) {
            exchange.response = problem(503, "too many requests wait; come again in a second");
            MHD_resume_connection(connection);
        }
        return MHD_YES;
    }

    MHD_Result reply(MHD_Connection* connection, Exchange& exchange, bool closes) {
        const Response& response = *exchange.response;
        connections.give(connection_of(connection), limits.transfer);
        exchange.request.body = {};
        // What more answers share is held once, by whoever made it.
        if (response.body.use_count() == 1) {
            held += response.body->size();
            exchange.held += response.body->size();
        }
        using Body = std::shared_ptr<const std::string>;
        MHD_Response* made = MHD_create_response_from_buffer_with_free_callback_cls(
            response.body->size(), const_cast<char*>(response.body->data()),
            [](void* body) { delete static_cast<Body*>(body); }, new Body(response.body));
        if (made == nullptr) return MHD_NO;
        MHD_add_response_header(made, MHD_HTTP_HEADER_CONTENT_TYPE, response.content_type.c_str());
        MHD_add_response_header(made, "Content-Security-Policy", content_policy(response));
        for (const auto& [name, value] : kSecurityHeaders) MHD_add_response_header(made, name, value);
        for (const auto& [name, value] : response.headers) MHD_add_response_header(made, name.c_str(), value.c_str());
        if (closes || draining) MHD_add_response_header(made, MHD_HTTP_HEADER_CONNECTION, "close");
        const MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(response.status), made);
        MHD_destroy_response(made);
        const std::chrono::duration<double> time = Clock::now() - exchange.begun;
        service.answered(exchange.request, response.status, time.count());
        return queued;
    }

    // What libmicrohttpd calls, on its thread. Nothing may be thrown through it.

    static MHD_Result on_data(void* self, MHD_Connection* connection, const char* url, const char* method,
                              const char* /*version*/, const char* data, std::size_t* size, void** state) noexcept {
        auto& server = *static_cast<Impl*>(self);
        auto* exchange = static_cast<Exchange*>(*state);
        try {
            if (exchange == nullptr) {
                *state = exchange = new Exchange;
                ++server.exchanges;
                return server.on_head(connection, *exchange, url, method);
            }
            if (*size == 0) return server.on_end(connection, *exchange);
            server.on_body(*exchange, {data, *size});
            *size = 0;
            return MHD_YES;
        } catch (const std::exception&) {
            return MHD_NO;  // ends the connection: there is no memory for an answer
        }
    }

    static void on_connection(void* self, MHD_Connection* connection, void** context,
                              MHD_ConnectionNotificationCode what) noexcept {
        auto& server = *static_cast<Impl*>(self);
        if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
            server.connections.close(static_cast<Connection*>(*context));
            return;
        }
        const auto info = [&](MHD_ConnectionInfoType type) { return MHD_get_connection_info(connection, type); };
        *context = server.connections.open(info(MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd,
                                           address_of(info(MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr),
                                           server.limits.idle);
    }

    static void on_completed(void* self, MHD_Connection* connection, void** state,
                             MHD_RequestTerminationCode /*how*/) noexcept {
        auto& server = *static_cast<Impl*>(self);
        const auto* exchange = static_cast<Exchange*>(*state);
        if (exchange == nullptr) return;
        server.connections.give(connection_of(connection), server.limits.idle);
        server.held -= exchange->held;
        delete exchange;
        *state = nullptr;
        --server.exchanges;
    }

    ServerLimits limits;
    Service service;
    std::atomic<std::size_t> held = 0;       // bytes of bodies and answers
    std::atomic<std::size_t> exchanges = 0;  // requests whose head came and whose answer is not taken yet
    std::atomic<bool> draining = false;
    Connections connections;
    Answerers answerers;
    MHD_Daemon* daemon = nullptr;
};

Server::Server(ServerLimits limits, Service service) : impl_(std::make_unique<Impl>(limits, std::move(service))) {}

Server::~Server() = default;

void Server::start(const Listener& listener) { impl_->start(listener); }

bool Server::drain(std::chrono::milliseconds longest) {
    constexpr std::chrono::milliseconds kLook{10};
    constexpr int kQuietLooks = 10;  // what was on its way through the system has come by then
    impl_->retire();
    const auto end = Clock::now() + longest;
    for (int quiet = 0; quiet < kQuietLooks; quiet = impl_->exchanges == 0 ? quiet + 1 : 0) {
        if (Clock::now() > end) return false;
        std::this_thread::sleep_for(kLook);
    }
    return true;
}

std::vector<Gauge> Server::gauges() const {
    return {{"inkling_connections", "Connections that are open.", static_cast<double>(impl_->connections.size())},
            {"inkling_connections_cut", "Connections that took too long and were cut.",
             static_cast<double>(impl_->connections.cut())},
            {"inkling_requests_open", "Requests whose answer is not taken yet.",
             static_cast<double>(impl_->exchanges.load())},
            {"inkling_requests_waiting", "Requests that wait for a thread.",
             static_cast<double>(impl_->answerers.waiting())},
            {"inkling_held_bytes", "Bytes of bodies and answers in memory.", static_cast<double>(impl_->held.load())}};
}

}  // namespace inkling::serve
