#pragma once

#include <string_view>

namespace inkling {

/// A file of src/deploy/code/pieces: functions in what C99 and C++17 share, which the code of a network is put together
/// from. Its first lines include the pieces that it calls. Its source is made from these files when the library is
/// built (cmake/embed_code.cmake). Throws Error (failed) where there is none of the name.
std::string_view code_piece(std::string_view name);

}  // namespace inkling
