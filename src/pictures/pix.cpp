#include "pictures/pix.h"

namespace inkling {

void silence_leptonica() {
    static const bool silent = [] {
        setMsgSeverity(L_SEVERITY_NONE);
        leptSetStderrHandler([](const char*) {});
        return true;
    }();
    static_cast<void>(silent);
}

}  // namespace inkling
