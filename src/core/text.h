#pragma once

#include <string>
#include <string_view>

namespace inkling {

/// The text of a file that people edit, whatever they edited it with: without UTF-8's byte order mark, and with "\n"
/// for the line ends of Windows (CR LF) and of old Macs (CR). Everything that reads such a text takes it through here.
/// `source` names it in messages. Throws Error (bad data) where it is UTF-16 or UTF-32.
std::string plain_text(std::string_view contents, const std::string& source);

}  // namespace inkling
