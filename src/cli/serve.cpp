#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.h"
#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "core/threads.h"
#include "serve/api.h"
#include "serve/batcher.h"
#include "serve/listener.h"
#include "serve/models.h"
#include "serve/server.h"

namespace inkling::cli {
namespace {

constexpr std::chrono::seconds kLongestDrain{30};
constexpr std::size_t kShortestToken = 16;

struct ServeOptions {
    std::vector<std::string> models;
    std::string host = "127.0.0.1";
    int port = 8080;
    std::string token_file;
    double rate = 0;
    int images = 128;
    int body = 8;
    int memory = 256;
    int connections = 1024;
    double window = 1;
    int timeout = 30;
    int idle = 60;
    RunOptions run;
};

/// The signals that the server takes one after the other, instead of being ended by them.
class Signals {
  public:
    /// Before any thread is started, so that none of them is interrupted.
    Signals() {
        sigemptyset(&set_);
        for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set_, number);
        pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    }
    /// A signal after that ends the process at once.
    ~Signals() { pthread_sigmask(SIG_UNBLOCK, &set_, nullptr); }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    /// The next signal, or 0 after a second without one.
    int wait() const {
        const timespec second{.tv_sec = 1, .tv_nsec = 0};
        const int number = sigtimedwait(&set_, nullptr, &second);
        return number > 0 ? number : 0;
    }

  private:
    sigset_t set_{};
};

/// The file's first line.
std::string read_token(const std::string& file) {
    if (file.empty()) return {};
    const std::string text = plain_text(read_text(file, 4096), file);
    std::string token(trimmed(std::string_view(text).substr(0, text.find('\n'))));
    if (token.size() < kShortestToken)
        throw bad_data("{}: a token of {} characters, expected {} or more; 'openssl rand -hex 32' makes one", file,
                       token.size(), kShortestToken);
    return token;
}

void tell(const RunOptions& run, const std::string& line) {
    if (run.quiet) return;
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

void announce(const ServeOptions& options, const serve::Listener& listener, const serve::Models& models,
              const std::string& token) {
    const std::string url = "http://" + listener.address;
    nlohmann::ordered_json json = {{"url", url}, {"models", nlohmann::ordered_json::array()}};
    for (const auto& model : models.all()) json["models"].push_back(model->name());
    if (!options.run.json.empty()) options.run.write_json(json.dump(2) + "\n");
    if (!listener.local && token.empty())
        tell(options.run, "note: whoever reaches this machine may use the server; --token-file asks for a token");
    tell(options.run, fmt::format("serving {} at {}", json["models"].dump(), url));
}

void reload(serve::Models& models, serve::Metrics& metrics, serve::Reload which, const RunOptions& run) {
    for (const serve::Reloaded& model : models.reload(which)) {
        metrics.count_reload(model.error.empty());
        if (model.error.empty())
            tell(run, fmt::format("loaded {} anew", model.name));
        else
            fmt::print(stderr, "inkling: {} is served as it was: {}\n", model.name, model.error);
    }
}

/// The signal that ended it.
int run_until_stopped(const Signals& signals, serve::Models& models, serve::Metrics& metrics, const RunOptions& run) {
    while (true) {
        const int number = signals.wait();
        if (number == SIGINT || number == SIGTERM) return number;
        reload(models, metrics, number == SIGHUP ? serve::Reload::kAll : serve::Reload::kChanged, run);
    }
}

serve::ServerLimits limits_of(const ServeOptions& options) {
    serve::ServerLimits limits;
    limits.connections = static_cast<std::size_t>(options.connections);
    limits.body = static_cast<std::size_t>(options.body) << 20;
    limits.memory = static_cast<std::size_t>(options.memory) << 20;
    limits.transfer = std::chrono::seconds(options.timeout);
    limits.idle = std::chrono::seconds(options.idle);
    return limits;
}

void serve_models(const ServeOptions& options) {
    auto signals = std::make_optional<Signals>();
    options.run.apply();
    const std::string token = read_token(options.token_file);
    serve::Models models(options.models);
    serve::Metrics metrics;
    serve::Batcher batcher({.threads = thread_count(),
                            .window = std::chrono::microseconds(static_cast<int>(1000 * options.window)),
                            .on_batch = [&](std::size_t images) { metrics.count_batch(images); }});
    std::optional<serve::Server> server;
    serve::Api api(models, batcher, metrics,
                   {.most_images = static_cast<std::size_t>(options.images),
                    .token = token,
                    .rate = options.rate,
                    .decoders = thread_count(),
                    .version = INKLING_VERSION,
                    .gauges = [&] { return server->gauges(); }});
    server.emplace(limits_of(options),
                   serve::Service{
                       .answer_head = [&](const serve::Request& request) { return api.answer_head(request); },
                       .answer = [&](const serve::Request& request) { return api.answer(request); },
                       .answered = [&](const serve::Request& request, int status,
                                       double seconds) { api.count(request, status, seconds); },
                   });
    const serve::Listener listener = serve::listen_at(options.host, options.port);
    server->start(listener);
    announce(options, listener, models, token);

    const int number = run_until_stopped(*signals, models, metrics, options.run);
    signals.reset();
    api.retire();
    if (!server->drain(kLongestDrain))
        fmt::print(stderr, "inkling: some answers were not taken within {} s\n", kLongestDrain.count());
    server.reset();
    if (number == SIGINT) throw Error(ExitStatus::kInterrupted, "stopped");
    tell(options.run, "stopped");
}

}  // namespace

void add_serve_command(const Command& program) {
    const Command command = program.command("serve", "Serves trained networks over HTTP, with a page to write on");
    const auto options = std::make_shared<ServeOptions>();
    command.texts("MODEL", options->models, "MODEL", "Folders of finished runs, or their model.safetensors");
    command.require("MODEL");
    command.text("--host", options->host, "ADDRESS", "Where to listen; 0.0.0.0 or :: for every address");
    command.integer("--port", options->port, 0, 65535, "Port; 0 takes one that is free, and tells it");
    command.text("--token-file", options->token_file, "FILE", "File with the token that requests must have [none]");
    command.number("--rate", options->rate, 0, 1e6, "N",
                   "Requests a second of each client's address; 0 for any number");
    command.integer("--images", options->images, 1, 4096, "Most images of a request");
    command.integer("--body", options->body, 1, 256, "Most MiB of a request");
    command.integer("--memory", options->memory, 1, 1 << 20, "Most MiB of all requests and answers together");
    command.integer("--connections", options->connections, 1, 1 << 16, "Most connections");
    command.number("--window", options->window, 0, 100, "MS",
                   "Most milliseconds that images wait for others that come to be computed with them");
    command.integer("--timeout", options->timeout, 1, 3600,
                    "Seconds for a request to come, and its answer to be taken");
    command.integer("--idle", options->idle, 1, 3600, "Seconds that a connection may be open without a request");
    options->run.add_to(command);
    command.describe("--json", "Write address and models to FILE once it serves");
    command.footer(
        "/v1/predict reads pictures, /v1/models, /metrics, /healthz, /readyz tell of the server, / is a page to write "
        "on;\n"
        "/openapi.json and docs/serve.md describe them. SIGTERM finishes what has begun; SIGHUP, or a changed file, "
        "loads\n"
        "models anew.\n\n"
        "Examples:\n"
        "  inkling serve runs/cnn-0\n"
        "  curl -F picture=@seven.png 'http://127.0.0.1:8080/v1/predict?charset=digits'");
    command.action([options] { serve_models(*options); });
}

}  // namespace inkling::cli
