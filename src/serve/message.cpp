#include "serve/message.h"

#include <array>
#include <nlohmann/json.hpp>

namespace inkling::serve {
namespace {

struct Title {
    int status;
    const char* text;
};

// RFC 9110's names of what is refused here.
constexpr std::array kTitles{
    Title{400, "Bad Request"},        Title{401, "Unauthorized"},          Title{404, "Not Found"},
    Title{405, "Method Not Allowed"}, Title{413, "Content Too Large"},     Title{415, "Unsupported Media Type"},
    Title{429, "Too Many Requests"},  Title{500, "Internal Server Error"}, Title{503, "Service Unavailable"}};

const char* title_of(int status) {
    for (const Title& title : kTitles)
        if (title.status == status) return title.text;
    return "Error";
}

}  // namespace

Response text_response(std::string content_type, std::string body) {
    return {.content_type = std::move(content_type), .body = std::make_shared<const std::string>(std::move(body))};
}

Response problem(int status, std::string_view detail) {
    const nlohmann::ordered_json json = {
        {"type", "about:blank"}, {"title", title_of(status)}, {"status", status}, {"detail", detail}};
    Response response = text_response(
        "application/problem+json", json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    response.status = status;
    if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "1");
    return response;
}

}  // namespace inkling::serve
