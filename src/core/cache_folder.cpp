#include "core/cache_folder.h"

#include <cstdlib>

#include "core/error.h"

namespace inkling {

std::filesystem::path cache_folder() {
    if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0')
        return std::filesystem::path(cache) / "inkling";
    const char* home = std::getenv("HOME");
    if (home == nullptr || *home == '\0') throw failed("neither XDG_CACHE_HOME nor HOME is set; set one of them");
    return std::filesystem::path(home) / ".cache" / "inkling";
}

}  // namespace inkling
