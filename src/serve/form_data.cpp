#include "serve/form_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/text.h"
#include "serve/message.h"

namespace inkling::serve {
namespace {

constexpr std::size_t kLongestBoundary = 70;  // RFC 2046, section 5.1.1
constexpr std::size_t kMostHeaderBytes = 4096;

Refusal no_form(std::string_view what) {
    return {400, fmt::format("the multipart form {}, expected parts as RFC 7578 has them", what)};
}

/// The value of a parameter, `; name=value` or `; name="value"`, of a header's value.
std::optional<std::string> parameter(std::string_view header, std::string_view wanted) {
    std::size_t at = header.find(';');
    while (at < header.size()) {
        const std::size_t equals = header.find('=', at);
        if (equals == std::string_view::npos) return std::nullopt;
        const std::string name = lower_case(trimmed(header.substr(at + 1, equals - at - 1)));
        std::string value;
        at = equals + 1;
        if (at < header.size() && header[at] == '"') {
            for (++at; at < header.size() && header[at] != '"'; ++at) {
                if (header[at] == '\\' && at + 1 < header.size()) ++at;
                value += header[at];
            }
            if (at >= header.size()) return std::nullopt;
            at = header.find(';', at);
        } else {
            const std::size_t end = std::min(header.find(';', at), header.size());
            value = trimmed(header.substr(at, end - at));
            at = end;
        }
        if (name == wanted) return value;
    }
    return std::nullopt;
}

/// Name and file name of a part, from its headers.
FormPart described(std::string_view headers) {
    while (!headers.empty()) {
        const std::size_t end = std::min(headers.find("\r\n"), headers.size());
        const std::string_view line = headers.substr(0, end);
        headers.remove_prefix(std::min(end + 2, headers.size()));
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || lower_case(line.substr(0, colon)) != "content-disposition") continue;
        const std::string_view value = trimmed(line.substr(colon + 1));
        const std::optional<std::string> name = parameter(value, "name");
        if (!lower_case(value).starts_with("form-data") || !name) break;
        return {.name = *name, .filename = parameter(value, "filename").value_or(""), .contents = {}};
    }
    throw no_form("has a part without 'Content-Disposition: form-data; name=...'");
}

FormPart parse_part(std::string_view part) {
    const std::size_t end = part.find("\r\n\r\n");
    if (end == std::string_view::npos || end > kMostHeaderBytes) throw no_form("has a part without an end of its head");
    FormPart parsed = described(part.substr(0, end));
    parsed.contents = part.substr(end + 4);
    return parsed;
}

}  // namespace

std::vector<FormPart> parse_form_data(std::string_view body, std::string_view content_type, std::size_t most) {
    const std::optional<std::string> boundary = parameter(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > kLongestBoundary)
        throw no_form("names no boundary of 1 to 70 characters");
    const std::string first = "--" + *boundary;
    const std::string delimiter = "\r\n" + first;
    std::size_t at = body.starts_with(first) ? first.size() : body.find(delimiter);
    if (at == std::string_view::npos) throw no_form("does not begin with its boundary");
    if (!body.starts_with(first)) at += delimiter.size();
    std::vector<FormPart> parts;
    while (!body.substr(at).starts_with("--")) {
        if (!body.substr(at).starts_with("\r\n")) throw no_form("has a boundary without an end of its line");
        at += 2;
        const std::size_t end = body.find(delimiter, at);
        if (end == std::string_view::npos) throw no_form("ends inside a part");
        if (parts.size() == most) throw Refusal(413, fmt::format("the form has more than {} parts", most));
        parts.push_back(parse_part(body.substr(at, end - at)));
        at = end + delimiter.size();
    }
    return parts;
}

}  // namespace inkling::serve
