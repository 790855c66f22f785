#include "data/synthetic_filling.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/error.h"
#include "core/hash.h"
#include "core/threads.h"
#include "data/catalogue.h"
#include "data/idx.h"
#include "data/synthetic.h"

namespace inkling {
namespace {

/// An image to be made, and the class that it is one of.
struct Wanted {
    std::uint32_t index = 0;  // of make_synthetic_image()
    std::uint8_t label = 0;
};

/// How many images each class lacks, shape (classes).
std::vector<std::size_t> lacking(const Dataset& data, std::span<const std::uint32_t> samples, double share) {
    std::vector<std::size_t> counts(static_cast<std::size_t>(data.classes()));
    for (const std::uint32_t sample : samples) ++counts[data.labels[sample]];
    const auto goal = static_cast<std::size_t>(
        std::llround(share * static_cast<double>(*std::max_element(counts.begin(), counts.end()))));
    for (std::size_t& count : counts) count = goal - std::min(goal, count);
    return counts;
}

/// The class of `data` that each of the synthetic writer's is, where `missing` lacks images of it.
std::vector<std::optional<std::uint8_t>> classes_to_make(const Dataset& data, std::span<const std::size_t> missing) {
    const std::vector<std::string>& made = official_mapping(*find_official_split("balanced")).class_names;
    std::vector<std::optional<std::uint8_t>> classes(made.size());
    for (std::size_t label = 0; label < missing.size(); ++label) {
        if (missing[label] == 0) continue;
        const auto name = std::find(made.begin(), made.end(), data.class_names[label]);
        if (name == made.end())
            throw wrong_usage(
                "training.synthetic_fill: class \"{}\" lacks {} images, and the synthetic writer does not know it, "
                "expected classes of EMNIST Balanced",
                data.class_names[label], missing[label]);
        classes[static_cast<std::size_t>(name - made.begin())] = static_cast<std::uint8_t>(label);
    }
    return classes;
}

/// Writer after writer, the images of classes that still lack some.
std::vector<Wanted> choose_images(const Dataset& data, std::vector<std::size_t> missing, std::uint64_t seed) {
    const std::vector<std::optional<std::uint8_t>> classes = classes_to_make(data, missing);
    std::vector<Wanted> wanted;
    for (std::uint32_t index = 0; std::ranges::any_of(missing, [](std::size_t count) { return count > 0; }); ++index) {
        const std::optional<std::uint8_t> label =
            classes[static_cast<std::size_t>(synthetic_label(seed, Part::kTrain, index))];
        if (!label || missing[*label] == 0) continue;
        --missing[*label];
        wanted.push_back({.index = index, .label = *label});
    }
    return wanted;
}

}  // namespace

FilledData fill_classes(const Dataset& data, std::span<const std::uint32_t> samples, double share, std::uint64_t seed) {
    if (data.shape != kIdxImageShape)
        throw wrong_usage("training.synthetic_fill: images are {}x{}, synthetic ones 28x28", data.shape.height,
                          data.shape.width);
    const std::vector<Wanted> wanted = choose_images(data, lacking(data, samples, share), seed);
    FilledData filled{.data = data, .samples = {samples.begin(), samples.end()}};
    filled.data.writers.clear();
    if (filled.data.shared) {
        filled.data.images.assign(data.pixels().begin(), data.pixels().end());
        filled.data.shared.reset();
    }
    filled.data.images.resize((data.size() + wanted.size()) * data.shape.size());
    const auto added = std::span(filled.data.images).subspan(data.pixels().size());
    parallel_for(wanted.size(), 32, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t i = begin; i < end; ++i)
            std::ranges::copy(make_synthetic_image(seed, Part::kTrain, wanted[i].index).pixels,
                              added.subspan(i * data.shape.size()).begin());
    });
    for (const Wanted& one : wanted) {
        filled.samples.push_back(static_cast<std::uint32_t>(filled.data.labels.size()));
        filled.data.labels.push_back(one.label);
    }
    filled.data.files.push_back(
        {fmt::format("synthetic filling, generator {}, seed {}, {} images", kSyntheticVersion, seed, wanted.size()),
         sha256(std::as_bytes(added))});
    return filled;
}

}  // namespace inkling
