#pragma once

#include <string_view>

namespace inkling::serve {

/// src/serve/openapi.json, with {{places}}. Its source is made from that file when the library is built
/// (cmake/embed_openapi.cmake).
std::string_view openapi_text();

}  // namespace inkling::serve
