#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/catalogue.h"

namespace inkling {

constexpr std::size_t kMostClasses = 256;  // labels are bytes

/// Throws Error (bad data), which begins with `place`, unless `name` can name a class: 1 to 64 bytes of UTF-8 without
/// control characters or spaces around them.
void check_class_name(std::string_view name, const std::string& place);

/// A list of classes, one name a line, as labels from 0. Throws Error (bad data) with file `name` and line.
Mapping parse_class_list(std::string_view contents, const std::string& name);

/// The lowest and the highest label that there is.
struct LabelRange {
    int least = 0;
    int most = 0;
};

/// The label of a list's first name: 0, or 1 where the highest label is the number of names and there is no label 0.
/// Throws Error (bad data) with file `name` where there are more labels than names.
int first_label_of(std::span<const std::string> class_names, LabelRange labels, const std::string& name);

/// Whether a list that begins with label 0 might as well begin with label 1: there is no label 0, enough names for the
/// highest label, and the first name is not "0".
bool may_begin_at_one(std::span<const std::string> class_names, LabelRange labels);

/// Kuzushiji-49's and KMNIST's list: after a heading, a line a class, "index,codepoint,char". Throws as
/// parse_class_list() does.
Mapping parse_class_map(std::string_view contents, const std::string& name);

/// "10" before "A", "2" before "10": the order that labels get where data name their classes and do not number them.
void sort_class_names(std::vector<std::string>& names);

}  // namespace inkling
