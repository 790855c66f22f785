#include "core/csv.h"

namespace inkling {
namespace {

void append_field(std::string& line, const std::string& field) {
    if (field.find_first_of(",\"\n\r") == std::string::npos) {
        line += field;
        return;
    }
    line += '"';
    for (const char character : field) line.append(character == '"' ? 2 : 1, character);
    line += '"';
}

}  // namespace

std::string csv_line(std::span<const std::string> fields) {
    std::string line;
    for (const std::string& field : fields) {
        append_field(line, field);
        line += ',';
    }
    if (!line.empty()) line.pop_back();
    return line + "\n";
}

}  // namespace inkling
