// write_pages FOLDER: what the test of pages in a browser compares with. networks.html has a network of every recipe,
// of every activation and layer, and some that are drawn at random; expected.json what the program's engine makes of an
// image by each of them, and what the program makes of scans; glyphs.json the strokes of each class's usual form.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "data/emnist_conversion.h"
#include "deploy/page.h"
#include "deploy/random_model.h"
#include "handwriting/handwriting.h"
#include "handwriting/pen_path.h"
#include "kind_fixtures.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr Shape kImage{1, 28, 28};
constexpr int kClasses = 47;

ResidualSpec residual_of(std::initializer_list<LayerSpec::Kind> kinds) {
    return {.body = network_of({}, kinds).layers};
}

/// Layers with all that they can have.
std::vector<NetworkSpec> layer_networks() {
    return {
        network_of(kImage,
                   {Conv2dSpec{.filters = 7, .kernel = 5, .stride = 2, .padding = 2}, kTanh,
                    DepthwiseConv2dSpec{.kernel = 3, .stride = 2, .padding = 2}, BatchNormSpec{}, kGelu,
                    DepthwiseConv2dSpec{.kernel = 2, .stride = 1, .padding = 0, .bias = false}, BatchNormSpec{}}),
        network_of(kImage, {Conv2dSpec{.filters = 6, .bias = false}, BatchNormSpec{}, SqueezeExcitationSpec{3},
                            BatchNormSpec{}, MaxPool2dSpec{3, 2}, AvgPool2dSpec{2, 1}, DropoutSpec{},
                            GlobalAvgPoolSpec{}, SqueezeExcitationSpec{2}}),
        network_of(
            kImage,
            {Conv2dSpec{.filters = 4, .kernel = 4, .stride = 3, .padding = 3},
             residual_of({Conv2dSpec{.filters = 4}, BatchNormSpec{}, kTanh, Conv2dSpec{.filters = 4}}), BatchNormSpec{},
             residual_of({Conv2dSpec{.filters = 9, .stride = 2}, residual_of({BatchNormSpec{}, kTanh})}), kTanh,
             FlattenSpec{}, DenseSpec{.units = 13, .bias = false}, BatchNormSpec{}, kTanh, DenseSpec{.units = 3}}),
    };
}

/// Layers drawn at random, those that fit.
NetworkSpec drawn_network(std::uint64_t seed) {
    RandomStream random(seed, Purpose::kBenchmark);
    const auto draw = [&](int least, int most) {
        return least + static_cast<int>(random.below(static_cast<std::uint32_t>(most - least + 1)));
    };
    const auto layer = [&]() -> LayerSpec::Kind {
        const int kernel = draw(1, 5);
        switch (draw(0, 8)) {
            case 0:
                return Conv2dSpec{.filters = draw(1, 12),
                                  .kernel = kernel,
                                  .stride = draw(1, 2),
                                  .padding = draw(0, kernel - 1),
                                  .bias = draw(0, 1) == 1};
            case 1:
                return DepthwiseConv2dSpec{
                    .kernel = kernel, .stride = draw(1, 2), .padding = draw(0, kernel - 1), .bias = draw(0, 1) == 1};
            case 2:
                return SqueezeExcitationSpec{draw(1, 4)};
            case 3:
                return BatchNormSpec{};
            case 4:
                return MaxPool2dSpec{draw(1, 3), draw(1, 2)};
            case 5:
                return AvgPool2dSpec{draw(1, 3), draw(1, 2)};
            case 6:
                return residual_of({Conv2dSpec{.filters = draw(1, 12), .stride = draw(1, 2)}, BatchNormSpec{}, kTanh});
            default:
                return ActivationSpec{
                    kind_at<Activation>(static_cast<std::size_t>(draw(0, std::variant_size_v<Activation> - 1)))};
        }
    };
    NetworkSpec spec{.input = kImage, .layers = {}};
    for (int i = draw(2, 9); i > 0; --i) {
        spec.layers.push_back({layer()});
        try {
            summarize(spec, kClasses);
        } catch (const Error&) {
            spec.layers.pop_back();
        }
    }
    return spec;
}

PadNetwork random_pad_network(const NetworkSpec& spec, std::string name, WeightFormat format = WeightFormat::kFloat32) {
    return {.model = random_model(spec, kClasses), .name = std::move(name), .format = format};
}

std::vector<PadNetwork> pad_test_networks() {
    std::vector<PadNetwork> networks;
    for (const auto& entry : fs::directory_iterator(INKLING_RECIPES))
        if (entry.path().extension() == ".toml" && entry.path().stem() != "study")
            networks.push_back(random_pad_network(read_recipe(entry.path()).network, entry.path().stem()));
    for_each_kind<Activation>([&](const auto& kind) {
        const ActivationSpec activation{kind};
        networks.push_back(
            random_pad_network(network_of(kImage, {Conv2dSpec{.filters = 3, .stride = 4}, activation}), kind.kName));
    });
    for (const NetworkSpec& spec : layer_networks())
        networks.push_back(random_pad_network(spec, fmt::format("layers {}", networks.size())));
    for (std::uint64_t seed = 1; seed <= 24; ++seed)
        networks.push_back(random_pad_network(drawn_network(seed), fmt::format("drawn {}", seed)));
    const NetworkSpec baseline = read_recipe(INKLING_RECIPES "/baseline-cnn.toml").network;
    networks.push_back(random_pad_network(baseline, "8 bits", WeightFormat::kInt8));
    networks.push_back(random_pad_network(baseline, "16 bits", WeightFormat::kFloat16));
    return networks;
}

/// What the engine makes of an image.
std::vector<float> logits_of(const PadNetwork& network, std::span<const std::uint8_t> image) {
    const Model model = with_rounded_weights(network.model, network.format);
    Network runs = make_network(model, 1);
    for (std::size_t i = 0; i < image.size(); ++i)
        runs.input()[i] =
            (static_cast<float>(image[i]) / 255 - model.normalization.mean) / model.normalization.deviation;
    runs.forward({});
    return copy(runs.logits());
}

json expected_logits(std::span<const PadNetwork> networks, std::span<const std::uint8_t> image) {
    json expected = json::array();
    for (const PadNetwork& network : networks) expected.push_back(logits_of(network, image));
    return expected;
}

/// Characters on paper, and what the program makes of them.
json scans() {
    json scans = json::array();
    Paper paper;
    for (int label = 0; label < kClasses; label += 3) {
        RandomStream random(1, Purpose::kBenchmark, static_cast<std::uint32_t>(label));
        paper.clear();
        for (const InkStroke& stroke :
             write_character(make_writer(1, static_cast<std::uint32_t>(label)), label, random))
            paper.draw(stroke);
        const auto scan = paper.scan(random, 0.1f);
        scans.push_back({{"pixels", scan}, {"image", convert_to_emnist(scan, kPaperSize, kPaperSize)}});
    }
    return scans;
}

/// The usual form of a class as strokes of points, [x, y] each, the middle of a square of side 1.
json glyph(int label) {
    const auto forms = glyphs_of(label);
    const Glyph& usual = *std::max_element(forms.begin(), forms.end(),
                                           [](const Glyph& a, const Glyph& b) { return a.weight < b.weight; });
    std::vector<std::vector<Point>> strokes;
    for (const auto& stroke : usual.skeleton) strokes.push_back(trace_stroke(stroke, 4));
    Point least{1e9f, 1e9f};
    Point most{-1e9f, -1e9f};
    for (const auto& stroke : strokes)
        for (const Point& point : stroke) {
            least = {std::min(least.x, point.x), std::min(least.y, point.y)};
            most = {std::max(most.x, point.x), std::max(most.y, point.y)};
        }
    const float side = std::max({most.x - least.x, most.y - least.y, 1.0f});
    json placed = json::array();
    for (const auto& stroke : strokes) {
        json points = json::array();
        for (const Point& point : stroke)
            points.push_back({0.5f + 0.7f * (point.x - (least.x + most.x) / 2) / side,
                              0.5f + 0.7f * (point.y - (least.y + most.y) / 2) / side});
        placed.push_back(points);
    }
    return placed;
}

void write_pages(const fs::path& folder) {
    const std::vector<PadNetwork> networks = pad_test_networks();
    save_page(folder / "networks.html", networks);
    std::vector<std::uint8_t> image(kImage.size());
    RandomStream random(1, Purpose::kBenchmark);
    for (std::uint8_t& pixel : image) pixel = static_cast<std::uint8_t>(random.below(2) * random.below(256));
    const json expected = {{"image", image}, {"logits", expected_logits(networks, image)}, {"scans", scans()}};
    write_file(folder / "expected.json", expected.dump());
    json glyphs;
    for (std::size_t i = 0; i < kWrittenClasses.size(); ++i)
        glyphs[std::string(1, kWrittenClasses[i])] = glyph(static_cast<int>(i));
    write_file(folder / "glyphs.json", glyphs.dump());
}

}  // namespace
}  // namespace inkling

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: write_pages FOLDER\n";
        return 2;
    }
    try {
        inkling::write_pages(argv[1]);
    } catch (const std::exception& error) {
        std::cerr << "write_pages: " << error.what() << '\n';
        return 1;
    }
}
