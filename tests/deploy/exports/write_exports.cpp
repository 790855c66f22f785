// write_exports FOLDER FORM: what the tests of exported networks in other programs compare with. expected.json has some
// images, and what the program's engine makes of them by each network: one of every recipe, activation and layer, and
// 100 that are drawn at random; beside it the networks themselves, in the form: 0.onnx, 0-folded.onnx, 0-int8.onnx and
// so on, or, of the form code, 0.h and 0.c, of the form torch, 0.py and 0.safetensors. Of the form onnx, also what
// quantized networks make of the images.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "deploy/code/source_file.h"
#include "deploy/export_networks.h"
#include "deploy/onnx/onnx_file.h"
#include "deploy/torch_module.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kDrawn = 100;
constexpr int kImages = 3;

void write_onnx(const fs::path& folder, int number, const Model& model, const QuantizedNetwork& quantized) {
    save_onnx(folder / fmt::format("{}.onnx", number), model, {.version = "test"});
    save_onnx(folder / fmt::format("{}-folded.onnx", number), model,
              {.bytes = true, .probabilities = true, .fold = true, .version = "test"});
    save_onnx(folder / fmt::format("{}-int8.onnx", number), model, {.quantized = &quantized, .version = "test"});
}

void write_code(const fs::path& folder, int number, const Model& model, WeightFormat format) {
    save_source(folder / fmt::format("{}.h", number), model, CodeLanguage::kCpp17, format, "test");
    save_source(folder / fmt::format("{}.c", number), model, CodeLanguage::kC99, format, "test");
}

void write_torch(const fs::path& folder, int number, const Model& model) {
    save_torch_module(folder / fmt::format("{}.py", number), model, "test");
    save_model(folder / fmt::format("{}.safetensors", number), model);
}

struct Export {
    std::string name;
    Model model;
    WeightFormat format = WeightFormat::kFloat32;
};

std::vector<Export> exports_of(std::string_view form) {
    std::vector<Export> exports;
    for (auto& [name, spec] : export_test_networks(kDrawn)) exports.push_back({name, random_model(spec, kClasses)});
    if (form != "code") return exports;
    for (const char* name : {"baseline-cnn", "drawn 7"})
        for (const WeightFormat format : {WeightFormat::kInt8, WeightFormat::kFloat16}) {
            const auto found = std::ranges::find(exports, name, &Export::name);
            exports.push_back({fmt::format("{}, {} bits", name, weight_bits(format)), found->model, format});
        }
    return exports;
}

void write_exports(const fs::path& folder, std::string_view form) {
    json expected = {{"onnx", has_onnx()}, {"images", json::array()}, {"networks", json::array()}};
    std::vector<std::vector<std::uint8_t>> images;
    for (int seed = 1; seed <= kImages; ++seed) images.push_back(random_image(static_cast<std::uint64_t>(seed)));
    expected["images"] = images;
    int number = 0;
    for (const auto& [name, model, format] : exports_of(form)) {
        json logits = json::array();
        for (const auto& image : images) logits.push_back(logits_of(with_rounded_weights(model, format), image));
        expected["networks"].push_back({{"name", name}, {"logits", logits}});
        if (form == "onnx") {
            const QuantizedNetwork quantized = quantize(model, random_images(kImages));
            json& by_bytes = expected["networks"].back()["int8"] = json::array();
            for (const auto& image : images) by_bytes.push_back(quantized_logits(quantized, image));
            if (has_onnx()) write_onnx(folder, number, model, quantized);
        }
        if (form == "code") write_code(folder, number, model, format);
        if (form == "torch") write_torch(folder, number, model);
        ++number;
    }
    write_file(folder / "expected.json", expected.dump());
}

}  // namespace
}  // namespace inkling

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: write_exports FOLDER onnx|code|torch\n";
        return 2;
    }
    try {
        inkling::write_exports(argv[1], argv[2]);
    } catch (const std::exception& error) {
        std::cerr << "write_exports: " << error.what() << '\n';
        return 1;
    }
}
