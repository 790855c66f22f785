#pragma once

#include <cstddef>
#include <string>

namespace inkling::serve {

/// The OpenAPI 3.1 document of the server, src/serve/openapi.json, for a server that takes so many images a request.
std::string openapi(const std::string& version, std::size_t most_images);

}  // namespace inkling::serve
