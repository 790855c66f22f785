#include "serve/openapi.h"

#include <fmt/format.h>

#include "core/html.h"
#include "serve/openapi_text.h"

namespace inkling::serve {

std::string openapi(const std::string& version, std::size_t most_images) {
    return fill_places(openapi_text(), [&](std::string_view place) {
        return place == "version" ? version : fmt::format("{}", most_images);
    });
}

}  // namespace inkling::serve
