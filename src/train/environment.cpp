#include "train/environment.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "nn/processor.h"

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
            .onednn = onednn_version(),
            .compiler = __VERSION__,
            .processor = processor_name(),
            .instruction_set = instruction_set_name(instruction_set()),
            .processors = static_cast<int>(std::thread::hardware_concurrency())};
}

std::string numeric_difference(const Environment& before, const Environment& now) {
    std::string text;
    const auto compare = [&](const char* what, const std::string& old_value, const std::string& new_value) {
        if (old_value.empty() || new_value.empty() || old_value == new_value) return;
        text += fmt::format("{}{}{}, now {}", text.empty() ? "" : "; ", what, old_value, new_value);
    };
    compare("", before.instruction_set, now.instruction_set);
    compare("oneDNN ", before.onednn, now.onednn);
    return text;
}

nlohmann::ordered_json to_json(const Environment& environment) {
    return {{"versions",
             {{"inkling", environment.inkling}, {"onednn", environment.onednn}, {"compiler", environment.compiler}}},
            {"machine",
             {{"processor", environment.processor},
              {"instruction_set", environment.instruction_set},
              {"processors", environment.processors}}}};
}

Environment read_environment(const nlohmann::ordered_json& json) {
    const nlohmann::ordered_json& versions = json.at("versions");
    const nlohmann::ordered_json& machine = json.at("machine");
    return {.inkling = versions.at("inkling"),
            .onednn = versions.at("onednn"),
            .compiler = versions.at("compiler"),
            .processor = machine.at("processor"),
            .instruction_set = machine.value("instruction_set", ""),
            .processors = machine.at("processors")};
}

}  // namespace inkling
