#pragma once

#include <utility>

#include "core/error.h"

namespace inkling {

/// What a source of EMNIST did wrong, with its address: another source may do better. Errors that are not the source's,
/// such as a full disk, are plain ones.
class SourceError : public Error {
  public:
    using Error::Error;
};

/// The source did not serve.
template <class... Args>
SourceError source_failed(fmt::format_string<Args...> format, Args&&... args) {
    return {ExitStatus::kFailed, fmt::format(format, std::forward<Args>(args)...)};
}

/// The source served something else than it should.
template <class... Args>
SourceError source_unsound(fmt::format_string<Args...> format, Args&&... args) {
    return {ExitStatus::kData, fmt::format(format, std::forward<Args>(args)...)};
}

}  // namespace inkling
