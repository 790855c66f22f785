#include "core/machine.h"

#include <filesystem>
#include <fstream>

namespace inkling {

const std::string& this_machine() {
    static const std::string machine = [] {
        std::string start;
        std::ifstream("/proc/sys/kernel/random/boot_id") >> start;
        std::error_code ignored;
        return start + std::filesystem::read_symlink("/proc/self/ns/pid", ignored).string();
    }();
    return machine;
}

}  // namespace inkling
