#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/catalogue.h"

namespace inkling {

constexpr std::size_t kMostClasses = 256;  // labels are bytes

/// Throws Error (bad data), which begins with `place`, unless `name` can name a class: 1 to 64 bytes of UTF-8 without
/// control characters or spaces around them.
void check_class_name(std::string_view name, const std::string& place);

/// A list of classes, one name a line. They are labels 0 and up, or 1 and up where `most_label`, the highest that there
/// is, equals their number. Throws Error (bad data) with file `name` and line.
Mapping parse_class_list(std::string_view contents, const std::string& name, int most_label);

/// Kuzushiji-49's and KMNIST's list: after a heading, a line a class, "index,codepoint,char". Throws as
/// parse_class_list() does.
Mapping parse_class_map(std::string_view contents, const std::string& name);

/// "10" before "A", "2" before "10": the order that labels get where data name their classes and do not number them.
void sort_class_names(std::vector<std::string>& names);

}  // namespace inkling
