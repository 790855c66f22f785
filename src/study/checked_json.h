#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace inkling {

// Values in JSON that others wrote, checked before they are trusted. Each call throws BadValue.

using Json = nlohmann::ordered_json;

/// Something in JSON is not what it may be. The message says what: "epochs is no list"; whoever knows where the JSON
/// came from says that.
struct BadValue : std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline constexpr std::size_t kMostJsonText = std::size_t{16} << 20;

// A value that is called `what`.
std::string as_text(const Json& value, const char* what, std::size_t most = kMostJsonText);
std::int64_t as_integer(const Json& value, const char* what, std::int64_t low, std::int64_t high);
double as_number(const Json& value, const char* what);

// The fields of an object.
const Json& field_in(const Json& object, const char* key);
std::string text_in(const Json& object, const char* key, std::size_t most = kMostJsonText);
std::int64_t integer_in(const Json& object, const char* key, std::int64_t low, std::int64_t high);
double number_in(const Json& object, const char* key);
bool flag_in(const Json& object, const char* key);
const Json& list_in(const Json& object, const char* key, std::size_t most = kMostJsonText);

/// Of as many values as that.
void check_row(const Json& value, const char* what, std::size_t count);

/// JSON has no infinities and no NaN, so that they are texts there; as_number() reads them.
Json number_json(double number);

}  // namespace inkling
