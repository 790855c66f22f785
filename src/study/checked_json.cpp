#include "study/checked_json.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace inkling {

std::string as_text(const Json& value, const char* what, std::size_t most) {
    if (!value.is_string()) throw BadValue(fmt::format("{} is no text", what));
    const auto& text = value.get_ref<const std::string&>();
    if (text.size() > most) throw BadValue(fmt::format("{} is longer than {} bytes", what, most));
    return text;
}

std::int64_t as_integer(const Json& value, const char* what, std::int64_t low, std::int64_t high) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const bool fits = value.is_number_integer() && (!value.is_number_unsigned() || value.get<std::uint64_t>() <= kMost);
    if (!fits || value.get<std::int64_t>() < low || value.get<std::int64_t>() > high)
        throw BadValue(fmt::format("{} is no whole number from {} to {}", what, low, high));
    return value.get<std::int64_t>();
}

double as_number(const Json& value, const char* what) {
    if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (value == "inf") return std::numeric_limits<double>::infinity();
    if (value == "-inf") return -std::numeric_limits<double>::infinity();
    if (!value.is_number()) throw BadValue(fmt::format("{} is no number, nor \"nan\", \"inf\" or \"-inf\"", what));
    return value.get<double>();
}

const Json& field_in(const Json& object, const char* key) {
    const auto found = object.find(key);
    if (!object.is_object() || found == object.end()) throw BadValue(fmt::format("it has no {}", key));
    return *found;
}

std::string text_in(const Json& object, const char* key, std::size_t most) {
    return as_text(field_in(object, key), key, most);
}

std::int64_t integer_in(const Json& object, const char* key, std::int64_t low, std::int64_t high) {
    return as_integer(field_in(object, key), key, low, high);
}

double number_in(const Json& object, const char* key) { return as_number(field_in(object, key), key); }

bool flag_in(const Json& object, const char* key) {
    const Json& value = field_in(object, key);
    if (!value.is_boolean()) throw BadValue(fmt::format("{} is neither true nor false", key));
    return value.get<bool>();
}

const Json& list_in(const Json& object, const char* key, std::size_t most) {
    const Json& value = field_in(object, key);
    if (!value.is_array()) throw BadValue(fmt::format("{} is no list", key));
    if (value.size() > most) throw BadValue(fmt::format("{} has more than {} values", key, most));
    return value;
}

void check_row(const Json& value, const char* what, std::size_t count) {
    if (!value.is_array() || value.size() != count)
        throw BadValue(fmt::format("{} is no list of {} values", what, count));
}

Json number_json(double number) {
    if (std::isnan(number)) return "nan";
    if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
    return number;
}

}  // namespace inkling
