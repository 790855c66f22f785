#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cli/export.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/path_text.h"
#include "core/progress.h"
#include "deploy/page.h"
#include "train/evaluate.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// What goes onto the page, and how that came to be.
struct Prepared {
    PadNetwork network;
    std::optional<double> before = {};  // the network's accuracy with the weights that it was trained to
    std::string untested = {};          // why that is not known
};

/// Measures both, and chooses the weights' format where the command line does not.
void measure(Prepared& prepared, const Dataset& test, const std::string& name, const ExportOptions& options) {
    PadNetwork& network = prepared.network;
    print_assumptions(test, options.run);
    Progress bar("test " + name, test.size(), "images", options.run.quiet);
    const auto on_progress = [&](std::size_t done) {
        bar.update(done);
        if (interrupted()) throw Error(ExitStatus::kInterrupted, "stopped; no page was written");
    };
    const auto accuracy = [&](const Model& model) { return evaluate(model, test, on_progress).metrics.accuracy; };
    prepared.before = accuracy(network.model);
    if (options.weights == "auto")
        network = smallest_pad_network(network.model, network.name, *prepared.before, test, on_progress);
    else
        network.accuracy = accuracy(with_rounded_weights(network.model, network.format));
    bar.clear();
}

Prepared prepare(const Exported& exported, const ExportOptions& options) {
    Prepared prepared{
        .network = {.model = exported.model, .name = exported.model.recipe.name, .format = options.weight_format()}};
    TestPart test = find_test_part(exported, options);
    prepared.untested = std::move(test.untested);
    if (test.data) measure(prepared, *test.data, exported.path, options);
    return prepared;
}

/// Networks of one recipe are told apart by where they came from.
void name_apart(std::vector<Prepared>& all, const std::vector<std::string>& paths) {
    std::map<std::string, int> times;
    for (const Prepared& each : all) ++times[each.network.name];
    for (std::size_t i = 0; i < all.size(); ++i)
        if (std::string& name = all[i].network.name; times[name] > 1) name += fmt::format(" ({})", path_text(paths[i]));
}

std::string described(const Prepared& prepared) {
    const PadNetwork& network = prepared.network;
    const std::string weights = fmt::format("{}: weights of {} bits", network.name, weight_bits(network.format));
    if (!prepared.before) return fmt::format("{}, not tested: {}", weights, prepared.untested);
    return fmt::format("{} read {:.2f}% of the test part, {:+.3f} points to the {:.2f}% before", weights,
                       100 * *network.accuracy, 100 * (*network.accuracy - *prepared.before), 100 * *prepared.before);
}

ordered_json exported_json(std::span<const Prepared> all, const std::string& page) {
    ordered_json json = {
        {"page", path_text(page)}, {"bytes", fs::file_size(page)}, {"networks", ordered_json::array()}};
    const auto optional = [](std::optional<double> value) {
        return value ? ordered_json(*value) : ordered_json(nullptr);
    };
    for (const auto& [network, before, untested] : all)
        json["networks"].push_back({{"name", network.name},
                                    {"bits", weight_bits(network.format)},
                                    {"accuracy", optional(network.accuracy)},
                                    {"accuracy_before", optional(before)},
                                    {"untested", untested.empty() ? ordered_json(nullptr) : ordered_json(untested)}});
    return json;
}

}  // namespace

void export_page(std::span<const Exported> models, const ExportOptions& options) {
    std::vector<Prepared> all;
    all.reserve(models.size());
    for (const Exported& exported : models) all.push_back(prepare(exported, options));
    name_apart(all, options.models);
    std::vector<PadNetwork> networks;
    networks.reserve(all.size());
    for (const Prepared& each : all) networks.push_back(each.network);
    save_page(options.page, networks);
    if (!options.run.json.empty()) options.run.write_json(exported_json(all, options.page).dump(2) + "\n");
    if (options.run.quiet) return;
    for (const Prepared& each : all) fmt::print("{}\n", described(each));
    print_written(options.page);
}

}  // namespace inkling::cli
