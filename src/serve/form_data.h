#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace inkling::serve {

/// A part of multipart/form-data (RFC 7578).
struct FormPart {
    std::string name;
    std::string filename;       // as the sender calls it: no path of this machine; empty where there is none
    std::string_view contents;  // within the body
};

/// The parts of a body of that Content-Type, `most` at most. Throws Refusal (400) where it is no such form, (413) where
/// it has more parts.
std::vector<FormPart> parse_form_data(std::string_view body, std::string_view content_type, std::size_t most);

}  // namespace inkling::serve
