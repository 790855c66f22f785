#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace inkling {

// Pages that are put together when they are written: a template, scripts, and data for them.

/// "sha256-...", by which a Content-Security-Policy allows a script.
std::string script_hash(std::string_view script);

/// JSON as the contents of a script element: no "</script" or "<!--" in it can end or hide the element, for '<', which
/// stands in strings only, becomes "\u003c".
std::string json_for_html(std::string_view json);

/// The template with the text of each {{place}}, which `find` gives.
std::string fill_places(std::string_view html, const std::function<std::string(std::string_view)>& find);

}  // namespace inkling
