#include "fetch/sources.h"

#include <algorithm>
#include <array>

#include "core/error.h"

namespace inkling {
namespace {

struct KnownSource {
    std::string_view url;     // {split} stands for the split's name
    std::string_view splits;  // that it has
};

constexpr std::string_view kAllSplits = "balanced byclass bymerge letters digits mnist";

// Tried from the top. The mirrors' splits are by their own pages; whatever they serve must have the official hashes.
constexpr std::array kKnownSources = {
    // NIST, since spring 2024
    KnownSource{"https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/gzip.zip", kAllSplits},
    // NIST, before
    KnownSource{"https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip", kAllSplits},
    // mirrors on Hugging Face, which redirects to other hosts: one repository a split, and one of three splits
    KnownSource{"https://huggingface.co/datasets/Royc30ne/emnist-{split}/resolve/main/", kAllSplits},
    KnownSource{"https://huggingface.co/datasets/Heliosoph/EMNIST/resolve/main/", "balanced letters digits"},
};

/// Where an address's query begins, or its end.
std::size_t end_of_path(std::string_view url) { return std::min(url.find_first_of("?#"), url.size()); }

}  // namespace

bool Source::is_folder() const { return std::string_view(url).substr(0, end_of_path(url)).ends_with('/'); }

std::string Source::file_url(std::string_view name) const { return std::string(url).insert(end_of_path(url), name); }

std::vector<Source> known_sources(std::string_view split) {
    constexpr std::string_view kPlaceholder = "{split}";
    std::vector<Source> sources;
    for (const KnownSource& known : kKnownSources) {
        if (known.splits.find(split) == std::string_view::npos) continue;
        std::string url(known.url);
        if (const auto at = url.find(kPlaceholder); at != std::string::npos)
            url.replace(at, kPlaceholder.size(), split);
        sources.push_back({url});
    }
    return sources;
}

Source source_at(const std::string& url) {
    if (!url.starts_with("http://") && !url.starts_with("https://"))
        throw wrong_usage("{}: expected an address with http:// or https://", url);
    return {url};
}

}  // namespace inkling
