#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inkling::serve {

// HTTP's two messages as values: whoever answers needs no socket.

struct Request {
    std::string method;                        // as it was sent: "GET"
    std::string path;                          // without the query, its %XX decoded
    std::map<std::string, std::string> query;  // the last value of each name
    std::string client;                        // its address
    std::string authorization;                 // headers of that name; empty where there is none
    std::string content_type;
    std::string content_encoding;
    std::string body;
};

struct Response {
    int status = 200;
    std::string content_type;
    std::shared_ptr<const std::string> body;
    std::vector<std::pair<std::string, std::string>> headers = {};
};

Response text_response(std::string content_type, std::string body);

/// Why a request is refused: an HTTP status and a sentence for whoever sent it.
class Refusal : public std::runtime_error {
  public:
    Refusal(int status, const std::string& detail) : std::runtime_error(detail), status_(status) {}
    int status() const { return status_; }

  private:
    int status_;
};

/// The answer to what is refused: problem details (RFC 9457) of type "about:blank". 429 and 503 say when to come again.
Response problem(int status, std::string_view detail);

}  // namespace inkling::serve
