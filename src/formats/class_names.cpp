#include "formats/class_names.h"

#include <algorithm>
#include <set>
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

Mapping parse_class_list(std::string_view contents, const std::string& name, int most_label) {
    const std::string whole = plain_text(contents, name);
    std::string_view text = whole;
    Mapping mapping;
    std::set<std::string_view> known;
    for (int number = 1; !text.empty(); ++number) {
        const std::string_view line = trimmed(text.substr(0, text.find('\n')));
        text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
        if (line.empty()) continue;
        check_class_name(line, fmt::format("{}:{}", name, number));
        if (!known.insert(line).second)
            throw bad_data("{}:{}: class {} is there twice, expected each once", name, number, line);
        if (mapping.class_names.size() == kMostClasses)
            throw bad_data("{}:{}: more classes than {}, expected that many at most", name, number, kMostClasses);
        mapping.class_names.emplace_back(line);
    }
    if (mapping.class_names.empty()) throw bad_data("{}: no classes, expected one name a line", name);
    mapping.first_label = static_cast<int>(mapping.class_names.size()) == most_label ? 1 : 0;
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
