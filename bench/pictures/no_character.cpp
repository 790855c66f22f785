#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <vector>

#include "core/error.h"
#include "core/threads.h"
#include "data/samples.h"
#include "deploy/character_reader.h"
#include "formats/load_dataset.h"
#include "junk.h"
#include "pictures/character.h"
#include "pictures/sheet.h"
#include "rendering.h"
#include "train/transfer.h"

// How often a calibrated network takes for a character what is one - of a test part, as it is in the data and as
// pictures of it - and what is none, beside what a threshold on the likeliest class's probability would do that accepts
// as many characters of the data. How to tell was chosen by the first half of the kinds of junk alone.
//   bench_no_character MODEL DATA SPLIT [COUNT of each kind] [FOLDER for a sheet of each kind]

namespace inkling {
namespace {

struct Accepted {
    double by_strangeness = 0;
    double by_probability = 0;
};

class Judge {
  public:
    Judge(CharacterReader& reader, const std::vector<EmnistImage>& characters) : reader_(reader) {
        std::vector<double> probabilities;
        for (const Reading& reading : reader.read(characters)) {
            probabilities.push_back(reading.classes.front().probability);
            share_ += reading.is_character().value() ? 1.0 : 0.0;
        }
        share_ /= static_cast<double>(characters.size());
        std::ranges::sort(probabilities);
        const auto left_out = static_cast<std::size_t>((1 - share_) * static_cast<double>(characters.size()));
        least_probability_ = probabilities[std::min(left_out, probabilities.size() - 1)];
    }

    Accepted accepted(const std::vector<EmnistImage>& images) const {
        Accepted result;
        for (const Reading& reading : reader_.read(images)) {
            result.by_strangeness += reading.is_character().value() ? 1 : 0;
            result.by_probability += reading.classes.front().probability >= least_probability_ ? 1 : 0;
        }
        for (double* count : {&result.by_strangeness, &result.by_probability})
            *count *= 100 / static_cast<double>(images.size());
        return result;
    }

  private:
    CharacterReader& reader_;
    double share_ = 0;
    double least_probability_ = 0;
};

std::vector<EmnistImage> made(std::size_t count, const std::function<GreyPicture(std::size_t)>& draw) {
    std::vector<EmnistImage> images(count);
    parallel_for(count, 16, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t i = begin; i < end; ++i) images[i] = convert_picture(draw(i)).pixels;
    });
    return images;
}

void print_row(const std::string& name, const Accepted& accepted) {
    fmt::print("{:<32} {:>9.1f}% {:>9.1f}%\n", name, accepted.by_strangeness, accepted.by_probability);
    std::fflush(stdout);
}

void show(const std::filesystem::path& folder, const std::string& name, const std::vector<EmnistImage>& images) {
    std::vector<Tile> tiles;
    for (std::size_t i = 0; i < std::min<std::size_t>(images.size(), 40); ++i) tiles.push_back({images[i], ""});
    draw_sheet(folder / (name + ".png"), name, tiles, 10, {1, 28, 28});
}

void measure(const std::string& model_path, const std::string& folder, const std::string& split, std::size_t count,
             const std::string& sheets) {
    const Model model = load_model(weights_file(model_path));
    if (!model.strangeness)
        throw bad_data("{}: not calibrated, expected a network that was trained with training.calibrate = true",
                       model_path);
    const Dataset data = load_dataset(folder, split, Part::kTest);
    CharacterReader reader(model, find_charset("", model.class_names));
    std::vector<EmnistImage> characters(data.size());
    for (std::size_t i = 0; i < data.size(); ++i) std::ranges::copy(data.image(i), characters[i].begin());
    const Judge judge(reader, characters);
    fmt::print("{:<32} {:>10} {:>10}\n", "taken for characters", "as it does", "probable");
    print_row("the test part, as in the data", judge.accepted(characters));
    const std::vector<std::uint32_t> samples = pick_samples(data, {}, count, 0);
    for (const Condition& condition : conditions())
        print_row(condition.name, judge.accepted(made(samples.size(), [&](std::size_t i) {
            return render(data.image(samples[i]), condition, samples[i]);
        })));
    for (const bool is_held_out : {false, true}) {
        Accepted mean;
        double kinds = 0;
        for (const JunkKind& kind : junk_kinds()) {
            if (kind.is_held_out != is_held_out) continue;
            const std::vector<EmnistImage> images =
                made(count, [&](std::size_t i) { return draw_junk(kind, data, static_cast<std::uint32_t>(i)); });
            if (!sheets.empty()) show(sheets, kind.name, images);
            const Accepted accepted = judge.accepted(images);
            print_row(kind.name, accepted);
            mean.by_strangeness += accepted.by_strangeness;
            mean.by_probability += accepted.by_probability;
            ++kinds;
        }
        print_row(is_held_out ? "mean of the kinds held out" : "mean of the kinds to choose by",
                  {mean.by_strangeness / kinds, mean.by_probability / kinds});
    }
}

}  // namespace
}  // namespace inkling

int main(int argc, char** argv) {
    if (argc < 4) {
        fmt::print(stderr, "usage: bench_no_character MODEL DATA SPLIT [COUNT] [FOLDER]\n");
        return 2;
    }
    try {
        inkling::start_threads();
        inkling::measure(argv[1], argv[2], argv[3], argc > 4 ? std::strtoul(argv[4], nullptr, 10) : 1000,
                         argc > 5 ? argv[5] : "");
        return 0;
    } catch (const inkling::Error& error) {
        fmt::print(stderr, "bench_no_character: {}\n", error.what());
        return static_cast<int>(error.status());
    }
}
