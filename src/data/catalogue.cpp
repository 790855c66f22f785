#include "data/catalogue.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/error.h"
#include "core/text.h"

namespace inkling {
namespace {

constexpr std::string_view kByClass = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
// Letters whose two cases look alike are merged under the upper one: all but a, b, d, e, f, g, h, n, q, r and t.
constexpr std::string_view kMerged = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt";
constexpr std::string_view kDigits = kByClass.substr(0, 10);
constexpr std::string_view kLetters = kByClass.substr(10, 26);

constexpr std::array kOfficialSplits = {
    OfficialSplit{"byclass", 697'932, 116'323, 0, kByClass}, OfficialSplit{"bymerge", 697'932, 116'323, 0, kMerged},
    OfficialSplit{"balanced", 112'800, 18'800, 0, kMerged},  OfficialSplit{"letters", 124'800, 20'800, 1, kLetters},
    OfficialSplit{"digits", 240'000, 40'000, 0, kDigits},    OfficialSplit{"mnist", 60'000, 10'000, 0, kDigits},
};

/// The whole numbers of a line that are separated by blanks; empty if it holds anything else.
std::vector<int> parse_numbers(std::string_view line) {
    std::vector<int> numbers;
    while (true) {
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (line.empty()) return numbers;
        int number = 0;
        const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
        if (error != std::errc()) return {};
        numbers.push_back(number);
        line.remove_prefix(static_cast<std::size_t>(end - line.data()));
    }
}

bool is_character(int code) { return code > ' ' && code <= '~'; }

}  // namespace

std::span<const OfficialSplit> official_splits() { return kOfficialSplits; }

const OfficialSplit* find_official_split(std::string_view name) {
    const auto* found = std::find_if(kOfficialSplits.begin(), kOfficialSplits.end(),
                                     [&](const OfficialSplit& split) { return split.name == name; });
    return found == kOfficialSplits.end() ? nullptr : found;
}

Mapping parse_mapping(std::string_view contents, const std::string& name) {
    constexpr int kMostLabel = 255;  // labels are bytes
    const std::string whole = plain_text(contents, name);
    std::string_view text = whole;
    Mapping mapping;
    for (int line_number = 1; !text.empty(); ++line_number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
        const std::vector<int> numbers = parse_numbers(line);
        if (numbers.size() < 2 || numbers.size() > 3 || !std::all_of(numbers.begin() + 1, numbers.end(), is_character))
            throw bad_data("{}:{}: expected '<label> <character code>[ <character code>]' with codes 33 to 126", name,
                           line_number);
        const auto classes = static_cast<int>(mapping.class_names.size());
        if (numbers[0] < 0 || numbers[0] > kMostLabel || (classes > 0 && numbers[0] != mapping.first_label + classes))
            throw bad_data("{}:{}: label {}, expected labels within 0 to {} that rise by one", name, line_number,
                           numbers[0], kMostLabel);
        if (classes == 0) mapping.first_label = numbers[0];
        std::string class_name(1, static_cast<char>(numbers[1]));
        if (std::ranges::find(mapping.class_names, class_name) != mapping.class_names.end())
            throw bad_data("{}:{}: class {} is there twice, expected each once", name, line_number, class_name);
        mapping.class_names.push_back(std::move(class_name));
    }
    if (mapping.class_names.empty()) throw bad_data("{}: no classes, expected one line a class", name);
    return mapping;
}

Mapping official_mapping(const OfficialSplit& split) {
    Mapping mapping{.class_names = {}, .first_label = split.first_label};
    for (const char character : split.class_names) mapping.class_names.emplace_back(1, character);
    return mapping;
}

const OfficialSplit* find_official_range(int first, int last) {
    const auto found = std::find_if(kOfficialSplits.rbegin(), kOfficialSplits.rend(), [&](const OfficialSplit& split) {
        return split.first_label == first && first + static_cast<int>(split.class_names.size()) - 1 == last;
    });
    return found == kOfficialSplits.rend() ? nullptr : &*found;
}

Mapping numbered_mapping(int first, int last) {
    Mapping mapping{.class_names = {}, .first_label = first};
    for (int label = first; label <= last; ++label) mapping.class_names.push_back(std::to_string(label));
    return mapping;
}

}  // namespace inkling
