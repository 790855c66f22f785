#include "report/label_audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/csv.h"
#include "core/files.h"
#include "pictures/sheet.h"
#include "train/metrics.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kPictures = 80;
constexpr int kColumns = 10;

double accuracy_of(std::span<const float> probabilities, const Dataset& data) {
    return compute_metrics(probabilities, data.labels, data.classes()).accuracy;
}

ordered_json networks_json(const LabelAudit& audit) {
    auto networks = ordered_json::array();
    for (const AuditNetwork& network : audit.networks)
        networks.push_back({{"recipe", network.recipe}, {"seed", network.seed}, {"accuracy", network.accuracy}});
    return networks;
}

ordered_json classes_json(const LabelAudit& audit, const Dataset& data) {
    const std::vector<std::size_t> histogram = class_histogram(data);
    std::vector<std::size_t> doubted(histogram.size());
    for (const DoubtfulLabel& doubt : audit.labels.doubts) ++doubted[doubt.given];
    auto classes = ordered_json::array();
    for (std::size_t c = 0; c < histogram.size(); ++c)
        classes.push_back({{"class", data.class_names[c]},
                           {"images", histogram[c]},
                           {"threshold", audit.labels.thresholds[c]},
                           {"estimated_wrong", wrong_share_of(audit.labels, c)},
                           {"listed", doubted[c]}});
    return classes;
}

/// What confident learning says of each label that another one may stand for, the largest share first.
ordered_json noise_json(const ConfidentLabels& labels, const Dataset& data) {
    std::vector<std::size_t> cells;
    for (std::size_t cell = 0; cell < labels.joint.size(); ++cell)
        if (cell / labels.classes != cell % labels.classes && labels.counts[cell] > 0) cells.push_back(cell);
    std::stable_sort(cells.begin(), cells.end(),
                     [&](std::size_t a, std::size_t b) { return labels.joint[a] > labels.joint[b]; });
    auto noise = ordered_json::array();
    for (const std::size_t cell : cells)
        noise.push_back({{"given", data.class_names[cell / labels.classes]},
                         {"true", data.class_names[cell % labels.classes]},
                         {"share", labels.joint[cell]},
                         {"confident", labels.counts[cell]}});
    return noise;
}

ordered_json pairs_json(std::span<const PairErrors> pairs, const Dataset& data) {
    auto json = ordered_json::array();
    for (const PairErrors& pair : pairs)
        json.push_back({{"classes", {data.class_names[pair.a], data.class_names[pair.b]}},
                        {"errors", pair.errors()},
                        {"wrong_label", pair.wrong_label},
                        {"unresolved", pair.unresolved},
                        {"to_gain", pair.to_gain},
                        {"to_lose", pair.to_lose}});
    return json;
}

void draw_doubts(const std::filesystem::path& path, const LabelAudit& audit, const Dataset& data) {
    const std::vector<DoubtfulLabel>& doubts = audit.labels.doubts;
    const std::size_t count = std::min(doubts.size(), kPictures);
    std::vector<Tile> tiles;
    tiles.reserve(count);
    for (const DoubtfulLabel& doubt : std::span(doubts).first(count))
        tiles.push_back(
            {data.image(doubt.image),
             fmt::format("{}: {} -> {}", doubt.image, data.class_names[doubt.given], data.class_names[doubt.suggested]),
             kRed});
    draw_sheet(path,
               fmt::format("{} of {} labels of split {} that are probably wrong: image, given -> suggested", count,
                           doubts.size(), data.split),
               tiles, kColumns, data.shape);
}

}  // namespace

LabelAudit audit_labels(const Readings& readings, const Dataset& data, double doubt) {
    const auto classes = static_cast<std::size_t>(data.classes());
    LabelAudit audit{.networks = {},
                     .doubt = doubt,
                     .accuracy = accuracy_of(readings.together, data),
                     .labels = learn_confidently(readings.together, data.labels, classes, doubt),
                     .pairs = {}};
    for (const std::vector<float>& network : readings.networks)
        audit.networks.push_back({.recipe = {}, .accuracy = accuracy_of(network, data)});
    audit.pairs = split_errors(readings, data.labels, classes, audit.labels.doubts);
    return audit;
}

ordered_json audit_json(const LabelAudit& audit, const Dataset& data) {
    auto files = ordered_json::object();
    for (const DataFile& file : data.files) files[file.name] = file.sha256;
    const PairErrors all = sum_of(audit.pairs);
    return {{"split", data.split},
            {"part", part_name(data.part)},
            {"images", data.size()},
            {"sha256", files},
            {"folds", audit.folds},
            {"seed", audit.seed},
            {"doubt", audit.doubt},
            {"networks", networks_json(audit)},
            {"accuracy", audit.accuracy},
            {"listed", audit.labels.doubts.size()},
            {"estimated_wrong", wrong_share(audit.labels)},
            {"errors",
             {{"all", all.errors()},
              {"wrong_label", all.wrong_label},
              {"unresolved", all.unresolved},
              {"to_gain", all.to_gain},
              {"to_lose", all.to_lose}}},
            {"pairs", pairs_json(audit.pairs, data)},
            {"classes", classes_json(audit, data)},
            {"noise", noise_json(audit.labels, data)}};
}

std::string doubts_csv(const LabelAudit& audit, const Dataset& data) {
    std::string text = csv_line(std::vector<std::string>{"image", "given", "suggested", "given_probability",
                                                         "suggested_probability", "margin"});
    for (const DoubtfulLabel& doubt : audit.labels.doubts)
        text += csv_line(std::vector<std::string>{
            std::to_string(doubt.image), data.class_names[doubt.given], data.class_names[doubt.suggested],
            fmt::format("{:.5f}", doubt.given_probability), fmt::format("{:.5f}", doubt.suggested_probability),
            fmt::format("{:.5f}", doubt.margin)});
    return text;
}

std::vector<std::filesystem::path> save_audit(const std::filesystem::path& folder, const LabelAudit& audit,
                                              const Dataset& data) {
    std::vector<std::filesystem::path> paths = {folder / "labels.csv"};
    make_folder(folder);
    write_file(paths[0], doubts_csv(audit, data));
    if (audit.labels.doubts.empty()) {
        std::filesystem::remove(folder / "labels.png");  // of an audit before
    } else {
        paths.push_back(folder / "labels.png");
        draw_doubts(paths.back(), audit, data);
    }
    paths.push_back(folder / "audit.json");
    write_file(paths.back(),
               audit_json(audit, data).dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
    return paths;
}

}  // namespace inkling
