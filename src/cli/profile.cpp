#include "cli/profile.h"

#include <fmt/format.h>

#include <array>
#include <vector>

namespace inkling::cli {
namespace {

/// The least share of a step that has a line in the table.
constexpr double kLeastShare = 0.0005;

constexpr std::array<const char*, kWorkKinds> kKinds{"convolution", "dense",    "depthwise", "squeeze", "pointwise",
                                                     "layout",      "residual", "loss",      "update",  "waiting"};

struct Line {
    const char* stage;
    const char* part;
    double milliseconds;  // a step
    double share;
    double gflops;  // a second; 0 where there are none
    double gigabytes;
};

const char* part_name(WorkKind kind, WorkPart part) {
    const bool product = kind == WorkKind::kConvolution || kind == WorkKind::kDense;
    switch (part) {
        case WorkPart::kPrepare:
            return "prepare";
        case WorkPart::kForward:
            return kind == WorkKind::kLoss || kind == WorkKind::kUpdate || kind == WorkKind::kWaiting ? "" : "forward";
        case WorkPart::kBackwardWeights:
            return "backward weights";
        case WorkPart::kBackward:
            return product ? "backward data" : "backward";
    }
    return "";
}

/// What took time, in the order of kinds and directions.
std::vector<Line> lines_of(const Stopwatch& stopwatch, std::size_t steps, std::size_t bytes_per_value) {
    std::vector<Line> lines;
    double whole = 0;
    for (std::size_t k = 0; k < kWorkKinds; ++k) {
        for (std::size_t p = 0; p < kWorkParts; ++p) {
            const auto kind = static_cast<WorkKind>(k);
            const auto part = static_cast<WorkPart>(p);
            const Stopwatch::Total& total = stopwatch.total(kind, part);
            if (total.seconds == 0) continue;
            whole += total.seconds;
            lines.push_back({.stage = kKinds[k],
                             .part = part_name(kind, part),
                             .milliseconds = 1e3 * total.seconds / static_cast<double>(steps),
                             .share = total.seconds,
                             .gflops = total.operations / total.seconds / 1e9,
                             .gigabytes = total.values * static_cast<double>(bytes_per_value) / total.seconds / 1e9});
        }
    }
    for (Line& line : lines) line.share /= whole;
    return lines;
}

std::string rate(double value) { return value > 0 ? fmt::format("{:.1f}", value) : ""; }

}  // namespace

std::string profile_table(const Stopwatch& stopwatch, std::size_t steps, std::size_t bytes_per_value) {
    std::string text = fmt::format("{:<12} {:<17} {:>9} {:>7} {:>9} {:>7}\n", "stage", "part", "ms a step", "share",
                                   "GFLOP/s", "GB/s");
    for (const Line& line : lines_of(stopwatch, steps, bytes_per_value)) {
        if (line.share < kLeastShare) continue;
        text += fmt::format("{:<12} {:<17} {:>9.3f} {:>6.1f}% {:>9} {:>7}\n", line.stage, line.part, line.milliseconds,
                            100 * line.share, rate(line.gflops), rate(line.gigabytes));
    }
    return text;
}

nlohmann::ordered_json profile_json(const Stopwatch& stopwatch, std::size_t steps, std::size_t bytes_per_value) {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const Line& line : lines_of(stopwatch, steps, bytes_per_value)) {
        nlohmann::ordered_json entry = {
            {"stage", line.stage}, {"part", line.part}, {"step_ms", line.milliseconds}, {"share", line.share}};
        if (line.gflops > 0) entry["gflops"] = line.gflops;
        if (line.gigabytes > 0) entry["gbytes_per_second"] = line.gigabytes;
        json.push_back(std::move(entry));
    }
    return json;
}

}  // namespace inkling::cli
