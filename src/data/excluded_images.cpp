#include "data/excluded_images.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/error.h"
#include "core/files.h"
#include "core/printable.h"
#include "core/text.h"

namespace inkling {
namespace {

constexpr std::string_view kHeading = "image";
constexpr std::string_view kGivenHeading = "given";  // of the column behind it

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

/// The first field of a line of CSV, which is taken off `line`: without the quotes that it may stand in.
std::string take_field(std::string_view& line) {
    std::string field;
    bool is_quoted = false;
    std::size_t at = 0;
    for (; at < line.size() && (is_quoted || line[at] != ','); ++at) {
        const bool is_quote = line[at] == '"';
        const bool is_doubled = is_quoted && line.substr(at).starts_with("\"\"");
        if (is_quote && !is_doubled)
            is_quoted = !is_quoted;
        else
            field += line[at];
        if (is_doubled) ++at;
    }
    line.remove_prefix(std::min(at + 1, line.size()));
    return std::string(trimmed(field));
}

/// An image of a list; `given` where the list says as what it is labelled.
struct Listed {
    std::uint32_t image = 0;
    std::optional<std::string> given = {};
    int line = 0;
};

std::vector<Listed> parse_list(std::string_view contents, const std::string& name, std::size_t images) {
    const std::string whole = plain_text(contents, name);
    std::string_view text = whole;
    std::vector<Listed> listed;
    bool has_given = false;
    for (int number = 1; !text.empty(); ++number) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (trimmed(line).empty()) continue;
        const std::string_view field = trimmed(line.substr(0, line.find(',')));
        line.remove_prefix(std::min(line.find(','), line.size() - 1) + 1);
        if (number == 1 && field == kHeading) {
            has_given = take_field(line) == kGivenHeading;
            continue;
        }
        listed.push_back({.image = parse_index(field, images, name, number), .line = number});
        if (has_given && !line.empty()) listed.back().given = take_field(line);
    }
    return listed;
}

std::vector<std::uint32_t> rising_images(std::span<const Listed> listed) {
    std::vector<std::uint32_t> images;
    for (const Listed& each : listed) images.push_back(each.image);
    std::sort(images.begin(), images.end());
    images.erase(std::unique(images.begin(), images.end()), images.end());
    return images;
}

std::vector<std::size_t> count_classes(const Dataset& data, std::span<const std::uint32_t> samples) {
    std::vector<std::size_t> counts(data.class_names.size());
    for (const std::uint32_t sample : samples) ++counts[data.labels[sample]];
    return counts;
}

}  // namespace

std::vector<std::uint32_t> parse_excluded_images(std::string_view contents, const std::string& name,
                                                 std::size_t images) {
    return rising_images(parse_list(contents, name, images));
}

std::vector<std::uint32_t> parse_excluded_images(std::string_view contents, const std::string& name,
                                                 const Dataset& data) {
    const std::vector<Listed> listed = parse_list(contents, name, data.size());
    for (const auto& [image, given, line] : listed) {
        const std::string& own = data.class_names[data.labels[image]];
        if (given && *given != own)
            throw bad_data(
                "{}:{}: image {} is given as {}, but the training part's is {}; take the list of this data set", name,
                line, image, printable(*given), own);
    }
    return rising_images(listed);
}

std::vector<std::uint32_t> read_excluded_images(const std::filesystem::path& path, const Dataset& data) {
    return parse_excluded_images(read_text(path), path.string(), data);
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
