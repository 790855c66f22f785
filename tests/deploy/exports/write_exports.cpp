// write_exports FOLDER: what the tests of exported networks in other programs compare with. expected.json has some
// images, and what the program's engine makes of them by each network: one of every recipe, activation and layer, and
// 100 that are drawn at random; beside it the networks themselves, in each form: 0.onnx, 0-folded.onnx and so on.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "deploy/export_networks.h"
#include "deploy/onnx/onnx_file.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kDrawn = 100;
constexpr int kImages = 3;

void write_exports(const fs::path& folder) {
    json expected = {{"onnx", has_onnx()}, {"images", json::array()}, {"networks", json::array()}};
    std::vector<std::vector<std::uint8_t>> images;
    for (int seed = 1; seed <= kImages; ++seed) images.push_back(random_image(static_cast<std::uint64_t>(seed)));
    expected["images"] = images;
    int number = 0;
    for (const auto& [name, spec] : export_test_networks(kDrawn)) {
        const Model model = random_model(spec, kClasses);
        json logits = json::array();
        for (const auto& image : images) logits.push_back(logits_of(model, image));
        expected["networks"].push_back({{"name", name}, {"logits", logits}});
        if (has_onnx()) {
            save_onnx(folder / fmt::format("{}.onnx", number), model, {.version = "test"});
            save_onnx(folder / fmt::format("{}-folded.onnx", number), model,
                      {.bytes = true, .probabilities = true, .fold = true, .version = "test"});
        }
        ++number;
    }
    write_file(folder / "expected.json", expected.dump());
}

}  // namespace
}  // namespace inkling

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: write_exports FOLDER\n";
        return 2;
    }
    try {
        inkling::write_exports(argv[1]);
    } catch (const std::exception& error) {
        std::cerr << "write_exports: " << error.what() << '\n';
        return 1;
    }
}
