#pragma once

#include <string_view>

namespace inkling {

/// What a report's page is put together from: the files of src/report/page and Vega, the chart library. Its source is
/// made from these files when the library is built (cmake/embed_page.cmake).
struct PageParts {
    std::string_view html;  // the template, with {{places}} for the others
    std::string_view style;
    std::string_view notices;  // copyright of what is embedded
    std::string_view vega;
    std::string_view script;
};
PageParts page_parts();

}  // namespace inkling
