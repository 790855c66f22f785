#include "train/metrics_json.h"

#include <nlohmann/json.hpp>

namespace inkling {

using nlohmann::ordered_json;

ordered_json to_json(const Metrics& metrics, std::span<const std::string> class_names) {
    ordered_json json = {{"accuracy", metrics.accuracy},
                         {"loss", metrics.loss},
                         {"top2_accuracy", metrics.top2_accuracy},
                         {"top3_accuracy", metrics.top3_accuracy},
                         {"macro_precision", metrics.macro_precision},
                         {"macro_recall", metrics.macro_recall},
                         {"macro_f1", metrics.macro_f1},
                         {"calibration_error", metrics.calibration_error}};
    const std::size_t classes = class_names.size();
    for (std::size_t i = 0; i < classes; ++i) {
        const ClassMetrics& per_class = metrics.per_class[i];
        json["per_class"].push_back({{"class", class_names[i]},
                                     {"precision", per_class.precision},
                                     {"recall", per_class.recall},
                                     {"f1", per_class.f1},
                                     {"support", per_class.support}});
        json["confusion"].push_back(std::span(metrics.confusion).subspan(i * classes, classes));
    }
    json["most_confused"] = ordered_json::array();
    for (const Confusion& confusion : most_confused(metrics, kMostConfused))
        json["most_confused"].push_back({{"truth", class_names[static_cast<std::size_t>(confusion.truth)]},
                                         {"prediction", class_names[static_cast<std::size_t>(confusion.prediction)]},
                                         {"count", confusion.count}});
    return json;
}

ordered_json to_json(std::span<const SetResult> results) {
    auto json = ordered_json::array();
    for (const SetResult& result : results)
        json.push_back({{"coverage", result.sets.coverage},
                        {"least_probability", result.sets.least_probability},
                        {"held", result.held},
                        {"single", result.single},
                        {"mean_size", result.size}});
    return json;
}

}  // namespace inkling
