#include "formats/class_names.h"

#include <algorithm>
#include <tuple>

#include "core/error.h"
#include "core/text.h"

namespace inkling {
namespace {

constexpr std::size_t kLongestName = 64;

bool is_control(char character) { return static_cast<unsigned char>(character) < ' ' || character == '\x7f'; }

bool is_number(const std::string& name) {
    return std::all_of(name.begin(), name.end(), [](char character) { return character >= '0' && character <= '9'; });
}

/// Adds the class of a line of `name`.
void add_class(std::vector<std::string>& class_names, std::string_view added, const std::string& name, int line) {
    check_class_name(added, fmt::format("{}:{}", name, line));
    if (std::ranges::find(class_names, added) != class_names.end())
        throw bad_data("{}:{}: class {} is there twice, expected each once", name, line, added);
    if (class_names.size() == kMostClasses)
        throw bad_data("{}:{}: more classes than {}, expected that many at most", name, line, kMostClasses);
    class_names.emplace_back(added);
}

/// Calls use(line, its number from 1) for each line that is not blank.
template <class Use>
void for_each_line(std::string_view text, Use&& use) {
    for (int number = 1; !text.empty(); ++number) {
        const std::string_view line = trimmed(text.substr(0, text.find('\n')));
        text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
        if (!line.empty()) use(line, number);
    }
}

}  // namespace

void check_class_name(std::string_view name, const std::string& place) {
    if (name.empty()) throw bad_data("{}: an empty name, expected a class's", place);
    if (name.size() > kLongestName)
        throw bad_data("{}: a name of {} bytes, expected a class's of {} at most", place, name.size(), kLongestName);
    if (!is_utf8(name) || std::any_of(name.begin(), name.end(), is_control))
        throw bad_data("{}: a name that is no text in UTF-8, expected a class's; save it anew as UTF-8", place);
    if (trimmed(name) != name)
        throw bad_data("{}: \"{}\", expected a class's name without spaces around it", place, name);
}

Mapping parse_class_list(std::string_view contents, const std::string& name) {
    const std::string whole = plain_text(contents, name);
    Mapping mapping;
    for_each_line(whole,
                  [&](std::string_view line, int number) { add_class(mapping.class_names, line, name, number); });
    if (mapping.class_names.empty()) throw bad_data("{}: no classes, expected one name a line", name);
    return mapping;
}

int first_label_of(std::span<const std::string> class_names, LabelRange labels, const std::string& name) {
    const auto names = static_cast<int>(class_names.size());
    const int first = std::min(labels.least, 1);
    if (labels.most - first >= names)
        throw bad_data("{}: {} names for {} labels, {} to {}; expected a name for each, one a line", name, names,
                       labels.most - first + 1, first, labels.most);
    return labels.most == names ? 1 : 0;
}

bool may_begin_at_one(std::span<const std::string> class_names, LabelRange labels) {
    return labels.least > 0 && labels.most < static_cast<int>(class_names.size()) && class_names.front() != "0";
}

Mapping parse_class_map(std::string_view contents, const std::string& name) {
    const std::string whole = plain_text(contents, name);
    Mapping mapping;
    for_each_line(whole, [&](std::string_view line, int number) {
        if (number == 1) return;
        const std::size_t index_end = line.find(','), code_end = line.find(',', index_end + 1);
        if (index_end == line.npos || code_end == line.npos ||
            line.substr(0, index_end) != std::to_string(mapping.class_names.size()))
            throw bad_data("{}:{}: expected \"{},codepoint,char\"", name, number, mapping.class_names.size());
        add_class(mapping.class_names, line.substr(code_end + 1), name, number);
    });
    if (mapping.class_names.empty()) throw bad_data("{}: no classes, expected a line for each", name);
    return mapping;
}

void sort_class_names(std::vector<std::string>& names) {
    const auto key = [](const std::string& name) {
        const bool number = is_number(name);
        return std::tuple(!number, number ? name.size() : 0, name);
    };
    std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) { return key(a) < key(b); });
}

}  // namespace inkling
