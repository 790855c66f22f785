#include "serve/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <span>

#include "core/error.h"
#include "core/hash.h"
#include "core/html.h"
#include "core/printable.h"
#include "core/text.h"
#include "deploy/page.h"
#include "deploy/picture_reading.h"
#include "serve/openapi.h"
#include "serve/pictures.h"

namespace inkling::serve {
namespace {

using Json = nlohmann::ordered_json;

// Names of classes, models and files are whatever bytes somebody gave them.
constexpr auto kReplaced = Json::error_handler_t::replace;

enum class Endpoint { kPage, kPredict, kModels, kHealth, kReady, kMetrics, kOpenApi };

struct Route {
    std::string_view path;
    std::string_view method;  // with GET goes HEAD
    Endpoint endpoint;
    bool open = false;  // to whoever has no token

    bool takes(const std::string& wanted) const { return wanted == method || (wanted == "HEAD" && method == "GET"); }
};

constexpr std::array kRoutes{Route{"/", "GET", Endpoint::kPage},
                             Route{"/v1/predict", "POST", Endpoint::kPredict},
                             Route{"/v1/models", "GET", Endpoint::kModels},
                             Route{"/healthz", "GET", Endpoint::kHealth, true},
                             Route{"/readyz", "GET", Endpoint::kReady, true},
                             Route{"/metrics", "GET", Endpoint::kMetrics},
                             Route{"/openapi.json", "GET", Endpoint::kOpenApi}};

const Route* find_route(const std::string& path) {
    const auto found = std::ranges::find(kRoutes, path, &Route::path);
    return found == kRoutes.end() ? nullptr : found;
}

Response json_response(const Json& json) {
    return text_response("application/json", json.dump(-1, ' ', false, kReplaced) + "\n");
}

/// What a prediction's query asks for.
struct Wanted {
    std::string model = {};
    std::string charset = {};
    std::string coverage = "0.95";
    std::size_t top = 256;
};

Wanted parse_query(const Request& request) {
    Wanted wanted;
    for (const auto& [name, value] : request.query) {
        if (name == "model") {
            wanted.model = value;
        } else if (name == "charset") {
            wanted.charset = value;
        } else if (name == "coverage") {
            if (value != "0.9" && value != "0.95" && value != "0.99")
                throw Refusal(400, fmt::format("coverage {}, expected 0.9, 0.95 or 0.99", printable(value)));
            wanted.coverage = value;
        } else if (name == "top") {
            const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), wanted.top);
            if (error != std::errc() || end != value.data() + value.size() || wanted.top < 1 || wanted.top > 256)
                throw Refusal(400, fmt::format("top {}, expected a whole number of 1 to 256", printable(value)));
        } else {
            throw Refusal(400,
                          fmt::format("no parameter {}, expected model, charset, coverage or top", printable(name)));
        }
    }
    return wanted;
}

std::vector<std::size_t> wanted_classes(const Wanted& wanted, const Model& model) {
    try {
        return find_charset(wanted.charset, model.class_names);
    } catch (const Error& error) {
        // It speaks of the option --charset.
        throw Refusal(400, std::string(error.what()).substr(2));
    }
}

}  // namespace

Api::Api(Models& models, Batcher& batcher, Metrics& metrics, ApiOptions options)
    : models_(models),
      batcher_(batcher),
      metrics_(metrics),
      options_(std::move(options)),
      rate_limit_(options_.rate),
      decoders_(options_.decoders) {}

bool Api::has_token(const Request& request) const {
    constexpr std::string_view kScheme = "bearer ";
    const std::string_view sent = request.authorization;
    if (options_.token.empty()) return true;
    if (lower_case(sent.substr(0, kScheme.size())) != kScheme) return false;
    // How long hashes take to compare tells nothing of the token.
    const auto hash = [](std::string_view text) { return sha256_digest(std::as_bytes(std::span(text))); };
    return hash(trimmed(sent.substr(kScheme.size()))) == hash(options_.token);
}

std::optional<Response> Api::answer_head(const Request& request) {
    const Route* route = find_route(request.path);
    const bool open = route != nullptr && route->open;
    if (!open && !rate_limit_.admits(request.client, RateLimit::Clock::now()))
        return problem(429, fmt::format("more than {} requests a second from {}", options_.rate, request.client));
    if (!open && !has_token(request)) {
        Response response = problem(401, "no valid token, expected 'Authorization: Bearer TOKEN'");
        response.headers.emplace_back("WWW-Authenticate", "Bearer");
        return response;
    }
    if (route == nullptr) return problem(404, "nothing here; /openapi.json says what there is");
    if (!route->takes(request.method)) {
        const std::string_view allowed = route->method == "GET" ? "GET, HEAD" : route->method;
        Response response = problem(405, fmt::format("{} is not for {}", request.method, route->path));
        response.headers.emplace_back("Allow", allowed);
        return response;
    }
    const std::string coding = lower_case(request.content_encoding);
    if (!coding.empty() && coding != "identity")
        return problem(415, fmt::format("a body of coding {}, expected none", coding));
    switch (route->endpoint) {
        case Endpoint::kPage:
        case Endpoint::kPredict:
            return std::nullopt;
        case Endpoint::kModels:
            return models_list();
        case Endpoint::kHealth:
            return text_response("text/plain; charset=utf-8", "alive\n");
        case Endpoint::kReady:
            return ready();
        case Endpoint::kMetrics:
            return metrics();
        case Endpoint::kOpenApi:
            break;
    }
    return text_response("application/json", openapi(options_.version, options_.most_images));
}

Response Api::answer(const Request& request) {
    try {
        const Route* route = find_route(request.path);
        return route != nullptr && route->endpoint == Endpoint::kPage ? page() : predict(request);
    } catch (const Refusal& refusal) {
        return problem(refusal.status(), refusal.what());
    } catch (const std::bad_alloc&) {
        return problem(503, "not enough memory for this request");
    } catch (const std::exception& error) {
        return problem(500, error.what());
    }
}

void Api::count(const Request& request, int status, double seconds) {
    const Route* route = find_route(request.path);
    metrics_.count_request(route == nullptr ? "other" : std::string(route->path), status, seconds);
}

Response Api::predict(const Request& request) {
    const Wanted wanted = parse_query(request);
    const std::shared_ptr<ServedModel> model = models_.find(wanted.model);
    if (model == nullptr)
        throw Refusal(404, fmt::format("no model {}; /v1/models lists them", printable(wanted.model)));
    const std::vector<std::size_t> charset = wanted_classes(wanted, model->model());

    Batcher::Visit visit(batcher_);
    std::vector<PictureReading> pictures;
    if (is_json(request)) {
        pictures = read_pictures(request, options_.most_images);
    } else {
        decoders_.acquire();
        const auto release = [](std::counting_semaphore<>* decoders) { decoders->release(); };
        const std::unique_ptr<std::counting_semaphore<>, decltype(release)> at_end(&decoders_, release);
        pictures = read_pictures(request, options_.most_images);
    }
    const auto has_ink = [](const PictureReading& picture) { return !picture.image.box.empty(); };
    std::vector<EmnistImage> images;
    for (const PictureReading& picture : pictures)
        if (has_ink(picture)) images.push_back(picture.image.pixels);
    const std::vector<NetworkOutput> outputs = visit.outputs(model, images);
    auto next = outputs.begin();
    for (PictureReading& picture : pictures)
        if (has_ink(picture)) picture.reading = reading_of(*next++, charset);
    const std::optional<ConformalSets> sets = find_sets(model->model(), wanted.coverage);
    return json_response(to_json(pictures, model->model(), sets, wanted.top));
}

Response Api::page() {
    const std::lock_guard lock(page_mutex_);
    const std::vector<std::shared_ptr<ServedModel>> models = models_.all();
    if (page_ == nullptr || models != page_models_) {
        std::vector<PadNetwork> networks;
        networks.reserve(models.size());
        for (const auto& model : models) networks.push_back({.model = model->model(), .name = model->name()});
        page_ = std::make_shared<const std::string>(page_html(networks));
        page_models_ = models;
    }
    return {.content_type = "text/html; charset=utf-8", .body = page_};
}

Response Api::models_list() const {
    Json json = {{"models", Json::array()}};
    for (const auto& served : models_.all()) {
        const Model& model = served->model();
        Json coverages = Json::array();
        for (const ConformalSets& sets : model.sets) coverages.push_back(sets.coverage);
        json["models"].push_back({{"name", served->name()},
                                  {"recipe", model.recipe.name},
                                  {"split", model.split},
                                  {"classes", model.class_names},
                                  {"parameters", model.parameters.size()},
                                  {"coverages", coverages},
                                  {"loading", served->loading()}});
    }
    return json_response(json);
}

Response Api::metrics() const {
    std::vector<Gauge> gauges = options_.gauges();
    gauges.push_back(
        {"inkling_images_waiting", "Images that wait to be read.", static_cast<double>(batcher_.waiting())});
    return text_response("text/plain; version=0.0.4; charset=utf-8", metrics_.text(gauges));
}

Response Api::ready() const {
    return ready_ ? text_response("text/plain; charset=utf-8", "ready\n") : problem(503, "the server is about to stop");
}

}  // namespace inkling::serve
