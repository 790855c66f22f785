#include "report/pad_figures.h"

#include <nlohmann/json.hpp>

#include "deploy/pad_network.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

/// Bytes of all networks' weights in base64: the rest of a report takes half of its 5 MiB at most.
constexpr std::size_t kLargestPad = 2'700'000;

}  // namespace

ordered_json pad_figures(std::span<const JudgedRun* const> runs, const ReportData& data) {
    ordered_json json = {{"networks", ordered_json::array()}, {"left_out", ordered_json::array()}};
    std::size_t bytes = 0;
    // What is too large even with a byte for each weight need not be tried.
    const auto may_fit = [&](const Model& model) { return bytes + model.parameters.size() <= kLargestPad; };
    for (const JudgedRun* run : runs) {
        ordered_json network;
        if (may_fit(run->model) && run->model.recipe.network.input == data.test.shape)
            network =
                to_json(smallest_pad_network(run->model, run->label, run->evaluation.metrics.accuracy, data.test));
        const std::size_t more = network.is_null() ? 0 : network["weights"].get_ref<const std::string&>().size();
        if (network.is_null() || bytes + more > kLargestPad) {
            json["left_out"].push_back(run->label);
            continue;
        }
        bytes += more;
        json["networks"].push_back(std::move(network));
    }
    return json;
}

}  // namespace inkling
