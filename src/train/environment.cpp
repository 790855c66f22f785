#include "train/environment.h"

#include <fstream>
#include <thread>

#include "kernels/cpu/onednn.h"

namespace inkling {
namespace {

/// From Linux's table of processors; "unknown" elsewhere.
std::string processor_name() {
    std::ifstream table("/proc/cpuinfo");
    std::string line;
    while (std::getline(table, line)) {
        const std::size_t colon = line.find(": ");
        if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
    }
    return "unknown";
}

}  // namespace

Environment this_environment(const std::string& version) {
    return {.inkling = version,
            .onednn = kernels::onednn_version(),
            .compiler = __VERSION__,
            .processor = processor_name(),
            .processors = static_cast<int>(std::thread::hardware_concurrency())};
}

}  // namespace inkling
