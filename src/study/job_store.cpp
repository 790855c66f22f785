#include "study/job_store.h"

#include <fmt/format.h>

namespace inkling {

std::string given_up_reason() {
    return fmt::format(
        "its process was gone {} times while it trained, or had not enough memory; the system may have ended it for "
        "the "
        "memory that it took",
        kMostLosses);
}

}  // namespace inkling
