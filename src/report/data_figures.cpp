#include "report/data_figures.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/path_text.h"
#include "data/samples.h"
#include "data/synthetic.h"
#include "report/encoding.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kPictures = 380;  // of all classes together
constexpr std::size_t kMostOfAClass = 8;

/// Files of both parts, each once.
std::vector<DataFile> all_files(const ReportData& data) {
    std::vector<DataFile> files = data.train.files;
    for (const DataFile& file : data.test.files)
        if (std::none_of(files.begin(), files.end(), [&](const DataFile& known) { return known.name == file.name; }))
            files.push_back(file);
    return files;
}

}  // namespace

ordered_json data_figures(const ReportData& data) {
    const std::size_t classes = data.train.class_names.size();
    const auto train = class_histogram(data.train);
    const auto test = class_histogram(data.test);
    ordered_json json = {{"split", data.train.split},
                         {"note", data.train.split == kSyntheticSplit ? ordered_json(kSyntheticNote) : ordered_json()},
                         {"folder", path_text(data.folder)},
                         {"train_images", data.train.size()},
                         {"test_images", data.test.size()},
                         {"image_size", {data.train.shape.width, data.train.shape.height}},
                         {"classes", ordered_json::array()},
                         {"files", ordered_json::array()}};
    for (std::size_t i = 0; i < classes; ++i)
        json["classes"].push_back({{"class", data.train.class_names[i]},
                                   {"train", train[i]},
                                   {"test", test[i]},
                                   {"images", ordered_json::array()}});
    const std::size_t of_a_class = std::clamp<std::size_t>(kPictures / classes, 1, kMostOfAClass);
    for (const std::uint32_t sample : pick_samples(data.train, std::nullopt, of_a_class * classes, 0)) {
        ordered_json& images = json["classes"][data.train.labels[sample]]["images"];
        if (images.size() < of_a_class) images.push_back(image_uri(data.train.image(sample), data.train.shape));
    }
    for (const DataFile& file : all_files(data))
        json["files"].push_back({{"name", file.name}, {"sha256", file.sha256}});
    return json;
}

ordered_json file_figures(std::span<const DataFile> recorded, const ReportData& data) {
    const std::vector<DataFile> files = all_files(data);
    auto json = ordered_json::array();
    for (const DataFile& file : recorded) {
        const auto now =
            std::find_if(files.begin(), files.end(), [&](const DataFile& other) { return other.name == file.name; });
        json.push_back({{"name", file.name}, {"sha256", file.sha256}, {"sha256_now", nullptr}, {"same", false}});
        if (now == files.end()) continue;
        json.back()["sha256_now"] = now->sha256;
        json.back()["same"] = now->sha256 == file.sha256;
    }
    return json;
}

}  // namespace inkling
