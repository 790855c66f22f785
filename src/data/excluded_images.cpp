#include "data/excluded_images.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "core/error.h"
#include "core/files.h"
#include "core/printable.h"
#include "core/text.h"

namespace inkling {
namespace {

constexpr std::string_view kHeading = "image";

std::uint32_t parse_index(std::string_view field, std::size_t images, const std::string& name, int line) {
    std::uint64_t index = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), index);
    const bool is_number = end == field.data() + field.size() && error != std::errc::invalid_argument;
    if (!is_number)
        throw bad_data("{}:{}: \"{}\" is no number, expected an image's index in the training part, from 0", name, line,
                       printable(field));
    if (error != std::errc() || index >= images)
        throw bad_data("{}:{}: image {}, but the training part's are 0 to {}; take the list of this data set", name,
                       line, printable(field), images - 1);
    return static_cast<std::uint32_t>(index);
}

std::vector<std::size_t> count_classes(const Dataset& data, std::span<const std::uint32_t> samples) {
    std::vector<std::size_t> counts(data.class_names.size());
    for (const std::uint32_t sample : samples) ++counts[data.labels[sample]];
    return counts;
}

}  // namespace

std::vector<std::uint32_t> parse_excluded_images(std::string_view contents, const std::string& name,
                                                 std::size_t images) {
    const std::string whole = plain_text(contents, name);
    std::string_view text = whole;
    std::vector<std::uint32_t> excluded;
    for (int number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::string_view field = trimmed(line.substr(0, line.find(',')));
        if (trimmed(line).empty() || (number == 1 && field == kHeading)) continue;
        excluded.push_back(parse_index(field, images, name, number));
    }
    std::sort(excluded.begin(), excluded.end());
    excluded.erase(std::unique(excluded.begin(), excluded.end()), excluded.end());
    return excluded;
}

std::vector<std::uint32_t> read_excluded_images(const std::filesystem::path& path, std::size_t images) {
    return parse_excluded_images(read_text(path), path.string(), images);
}

std::string excluded_images_text(std::span<const std::uint32_t> excluded) {
    return fmt::format("{}\n{}{}", kHeading, fmt::join(excluded, "\n"), excluded.empty() ? "" : "\n");
}

Holdout without_excluded(Holdout holdout, const Dataset& data, std::span<const std::uint32_t> excluded) {
    if (excluded.empty()) return holdout;
    const std::vector<std::size_t> before = count_classes(data, holdout.train);
    std::erase_if(holdout.train,
                  [&](std::uint32_t sample) { return std::binary_search(excluded.begin(), excluded.end(), sample); });
    const std::vector<std::size_t> left = count_classes(data, holdout.train);
    for (std::size_t label = 0; label < left.size(); ++label)
        if (before[label] > 0 && left[label] == 0)
            throw wrong_usage("the excluded images are all {} of class {} that there are to learn from; leave it one",
                              before[label], data.class_names[label]);
    return holdout;
}

}  // namespace inkling
