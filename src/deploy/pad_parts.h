#pragma once

#include <string_view>

namespace inkling {

/// What a page with the pad is put together from: the files of src/deploy/page. Its source is made from these files
/// when the library is built (cmake/embed_pad.cmake).
struct PadParts {
    std::string_view html;         // of a page of its own: the template, with {{places}} for the others
    std::string_view palette;      // colours and typefaces of every page that the program writes
    std::string_view page_style;   // of a page of its own
    std::string_view style;        // of the pad, wherever it stands
    std::string_view script;       // `inklingPad`, whose open() puts the pad into an element
    std::string_view page_script;  // of a page of its own
};
PadParts pad_parts();

}  // namespace inkling
