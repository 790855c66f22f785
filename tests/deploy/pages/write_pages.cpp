// write_pages FOLDER: what the test of pages in a browser compares with. networks.html has a network of every recipe,
// of every activation and layer, and some that are drawn at random; expected.json what the program's engine makes of an
// image by each of them, how strange it is to those that tell, and what the program makes of scans; glyphs.json the
// strokes of each class's usual form.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "data/emnist_conversion.h"
#include "deploy/export_networks.h"
#include "deploy/page.h"
#include "handwriting/handwriting.h"
#include "handwriting/pen_path.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

PadNetwork random_pad_network(const NetworkSpec& spec, std::string name, WeightFormat format = WeightFormat::kFloat32) {
    return {.model = random_model(spec, kClasses), .name = std::move(name), .format = format};
}

Strangeness random_strangeness() {
    constexpr std::size_t kSize = kClasses;
    RandomStream random(2, Purpose::kBenchmark);
    Strangeness strangeness{.whitening = std::vector<double>(kSize * kSize), .centres = {}, .most = 40};
    for (std::size_t row = 0; row < kSize; ++row)
        for (std::size_t column = 0; column <= row; ++column)
            strangeness.whitening[row * kSize + column] = random.normal();
    for (std::size_t i = 0; i < 3 * kSize; ++i) strangeness.centres.push_back(5 * random.normal());
    return strangeness;
}

std::vector<PadNetwork> pad_test_networks() {
    std::vector<PadNetwork> networks;
    for (const auto& [name, spec] : export_test_networks(24)) networks.push_back(random_pad_network(spec, name));
    const NetworkSpec baseline = read_recipe(INKLING_RECIPES "/baseline-cnn.toml").network;
    networks.push_back(random_pad_network(baseline, "8 bits", WeightFormat::kInt8));
    networks.back().model.strangeness = random_strangeness();
    networks.push_back(random_pad_network(baseline, "16 bits", WeightFormat::kFloat16));
    return networks;
}

json expected_logits(std::span<const PadNetwork> networks, std::span<const std::uint8_t> image) {
    json expected = json::array();
    for (const PadNetwork& network : networks)
        expected.push_back(logits_of(with_rounded_weights(network.model, network.format), image));
    return expected;
}

/// By name, of those that have it: how strange the image is to them.
json expected_strangeness(std::span<const PadNetwork> networks, std::span<const std::uint8_t> image) {
    json expected = json::object();
    for (const PadNetwork& network : networks) {
        if (!network.model.strangeness) continue;
        const Model rounded = with_rounded_weights(network.model, network.format);
        expected[network.name] = rounded.strangeness->of(logits_of(rounded, image)) / rounded.strangeness->most;
    }
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
    const std::vector<std::uint8_t> image = random_image(1);
    const json expected = {{"image", image},
                           {"logits", expected_logits(networks, image)},
                           {"strangeness", expected_strangeness(networks, image)},
                           {"scans", scans()}};
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
