#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "core/error.h"
#include "core/threads.h"
#include "data/samples.h"
#include "deploy/character_reader.h"
#include "formats/load_dataset.h"
#include "pictures/character.h"
#include "plain_pages.h"
#include "rendering.h"
#include "save_picture.h"
#include "train/transfer.h"

// How well characters of a test part are read from pictures of them, under conditions that people's pictures have,
// beside what plain resizing gives, as tutorials do it: the same network, and the gain of the conversion.
//   bench_pictures MODEL DATA SPLIT [COUNT] [FOLDER for a picture of each condition]

namespace inkling {
namespace {

double accuracy(CharacterReader& reader, const std::vector<EmnistImage>& images, const Dataset& data,
                const std::vector<std::uint32_t>& samples) {
    const auto read = reader.read(images);
    std::size_t right = 0;
    for (std::size_t i = 0; i < samples.size(); ++i)
        right += read[i].classes[0].label == data.labels[samples[i]] ? 1 : 0;
    return 100.0 * static_cast<double>(right) / static_cast<double>(samples.size());
}

void measure(const std::string& model_path, const std::string& folder, const std::string& split, std::size_t count,
             const std::string& pictures) {
    const Model model = load_model(weights_file(model_path));
    const Dataset data = load_dataset(folder, split, Part::kTest);
    if (data.class_names != model.class_names)
        throw bad_data("split {} has other classes than the network, expected those of {}", split, model.split);
    const std::vector<std::uint32_t> samples = pick_samples(data, {}, count, 0);
    CharacterReader reader(model, find_charset("", model.class_names));
    std::vector<EmnistImage> images(samples.size());
    for (std::size_t i = 0; i < samples.size(); ++i) std::ranges::copy(data.image(samples[i]), images[i].begin());
    fmt::print("{} characters of the test part of {}; right as they are in the data: {:.2f}%\n", samples.size(), split,
               accuracy(reader, images, data, samples));
    fmt::print("{:<28} {:>10} {:>10}\n", "pictures of them", "converted", "resized");
    for (const Condition& condition : conditions()) {
        std::vector<EmnistImage> plain(samples.size());
        parallel_for(samples.size(), 16, [&](std::size_t begin, std::size_t end, int) {
            for (std::size_t i = begin; i < end; ++i) {
                const GreyPicture picture = render(data.image(samples[i]), condition, samples[i]);
                images[i] = convert_picture(picture).pixels;
                plain[i] = resized(picture);
            }
        });
        fmt::print("{:<28} {:>9.2f}% {:>9.2f}%\n", condition.name, accuracy(reader, images, data, samples),
                   accuracy(reader, plain, data, samples));
        std::fflush(stdout);
        if (pictures.empty()) continue;
        save_picture(pictures, condition.name, render(data.image(samples[0]), condition, samples[0]));
    }
}

}  // namespace
}  // namespace inkling

int main(int argc, char** argv) {
    if (argc < 4) {
        fmt::print(stderr, "usage: bench_pictures MODEL DATA SPLIT [COUNT] [FOLDER]\n");
        return 2;
    }
    try {
        inkling::start_threads();
        inkling::measure(argv[1], argv[2], argv[3], argc > 4 ? std::strtoul(argv[4], nullptr, 10) : 4700,
                         argc > 5 ? argv[5] : "");
        return 0;
    } catch (const inkling::Error& error) {
        fmt::print(stderr, "bench_pictures: {}\n", error.what());
        return static_cast<int>(error.status());
    }
}
