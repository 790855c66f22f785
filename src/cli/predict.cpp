#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.h"
#include "core/error.h"
#include "core/files.h"
#include "core/path_text.h"
#include "deploy/character_reader.h"
#include "deploy/explanation.h"
#include "deploy/occlusion.h"
#include "deploy/reading.h"
#include "pictures/read_picture.h"
#include "train/transfer.h"

namespace inkling::cli {
namespace {

constexpr std::size_t kMostExplained = 100;
// A file's name, which an error has in it, may be any bytes.
constexpr auto kReplaced = nlohmann::ordered_json::error_handler_t::replace;

struct PredictOptions {
    std::string model;
    std::vector<std::string> files;
    std::string charset;
    std::string coverage = "0.95";
    int top = 3;
    std::string explain;
    RunOptions run;
};

/// A file that cannot be read gets its line at once and does not stop the others.
Reading read_file_of(const std::string& file) {
    Reading reading{.file = path_text(file)};
    try {
        reading.character = convert_picture(read_picture(file));
    } catch (const Error& error) {
        if (error.status() != ExitStatus::kData) throw;
        reading.error = error.what();
        std::fflush(stdout);
        fmt::print(stderr, "inkling: {}\n", reading.error);
    }
    return reading;
}

void read_characters(std::vector<Reading>& pictures, CharacterReader& reader,
                     const std::optional<ConformalSets>& sets) {
    std::vector<EmnistImage> images;
    for (const Reading& picture : pictures)
        if (picture.has_ink()) images.push_back(picture.character.pixels);
    const std::vector<std::vector<ReadClass>> classes = reader.read(images);
    auto next = classes.begin();
    for (Reading& picture : pictures) {
        if (!picture.has_ink()) continue;
        picture.classes = *next++;
        if (sets) picture.set = set_of(picture.classes, *sets);
    }
}

std::string joined_names(const std::vector<ReadClass>& classes, const Model& model, const char* between) {
    std::vector<std::string> names;
    names.reserve(classes.size());
    for (const ReadClass& each : classes) names.push_back(model.class_names[each.label]);
    return fmt::format("{}", fmt::join(names, between));
}

std::string reading_of(const Reading& picture, const Model& model, int top) {
    if (!picture.has_ink()) return "no ink";
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < std::min<std::size_t>(picture.classes.size(), static_cast<std::size_t>(top)); ++i)
        parts.push_back(fmt::format("{} {:.1f}%", model.class_names[picture.classes[i].label],
                                    100 * picture.classes[i].probability));
    return fmt::format("{}", fmt::join(parts, "  "));
}

void print_readings(const std::vector<Reading>& pictures, const Model& model, const PredictOptions& options,
                    const std::optional<ConformalSets>& sets) {
    if (!sets && std::ranges::any_of(pictures, &Reading::has_ink))
        fmt::print(
            "note: this network was not calibrated: take its percentages with a grain of salt, and there are no "
            "sets\n");
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        const Reading& picture = pictures[i];
        if (!picture.error.empty()) continue;
        fmt::print("{}: {}", options.files[i], reading_of(picture, model, options.top));
        if (!picture.set.empty())
            fmt::print("  ({} at {:.0f}%)", joined_names(picture.set, model, " or "), 100 * sets->coverage);
        fmt::print("\n");
    }
}

void explain(const std::vector<Reading>& pictures, CharacterReader& reader, const Model& model,
             const PredictOptions& options) {
    std::vector<Explanation> shown;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        const Reading& picture = pictures[i];
        if (!picture.has_ink()) continue;
        const GreyPicture whole = read_picture(options.files[i]);
        const int factor = explained_factor(whole);
        shown.push_back({.caption = options.files[i],
                         .picture = shrunk(whole, factor),
                         .factor = factor,
                         .character = picture.character,
                         .reading = reading_of(picture, model, options.top),
                         .falls = measure_occlusion(reader, picture.character.pixels, picture.classes.front().label)});
    }
    if (shown.empty()) throw bad_data("--explain {}: no picture with ink to explain", options.explain);
    draw_explanations(options.explain, shown);
}

void predict(const PredictOptions& options) {
    options.run.apply();
    if (!options.explain.empty() && options.files.size() > kMostExplained)
        throw wrong_usage("--explain {}: {} pictures, expected {} at most", options.explain, options.files.size(),
                          kMostExplained);
    const Model model = load_model(weights_file(options.model));
    CharacterReader reader(model, find_charset(options.charset, model.class_names));
    const std::optional<ConformalSets> sets = find_sets(model, options.coverage);
    std::vector<Reading> pictures;
    for (const std::string& file : options.files) pictures.push_back(read_file_of(file));
    read_characters(pictures, reader, sets);
    if (!options.run.quiet) print_readings(pictures, model, options, sets);
    if (!options.run.json.empty())
        write_file(options.run.json, to_json(pictures, model.class_names, sets).dump(2, ' ', false, kReplaced) + "\n");
    if (!options.explain.empty()) {
        explain(pictures, reader, model, options);
        if (!options.run.quiet) fmt::print("picture: {}\n", options.explain);
    }
    std::fflush(stdout);
    const auto failed = std::ranges::count_if(pictures, [](const Reading& read) { return !read.error.empty(); });
    if (failed > 0) throw bad_data("{} of {} pictures could not be read", failed, pictures.size());
}

}  // namespace

void add_predict_command(const Command& program) {
    const Command command = program.command("predict", "Reads people's own pictures of single characters");
    const auto options = std::make_shared<PredictOptions>();
    command.text("MODEL", options->model, "MODEL", "Folder of a finished run, or its model.safetensors");
    command.texts("FILE", options->files, "FILE", "Pictures of one character each: PNG, JPEG, BMP, PNM, TIFF, WebP");
    command.require("MODEL");
    command.require("FILE");
    command.text("--charset", options->charset, "CHARACTERS",
                 "What may stand there: digits, letters, or characters, as in 0O [all that the network knows]");
    command.choice("--coverage", options->coverage, {"0.9", "0.95", "0.99"},
                   "How often the set in brackets is to hold the true class");
    command.integer("--top", options->top, 1, 256, "Classes to print, the likeliest first");
    command.text("--explain", options->explain, "FILE.png",
                 "Draw each picture, the 28x28 that the network saw of it, and where it looked");
    options->run.add_to(command);
    command.footer(
        "Dark on light or light on dark, of any size, unevenly lit: docs/pictures.md says how a picture is prepared. A "
        "file\n"
        "that cannot be read gets its line and does not stop the others; the exit status is then 3.\n\n"
        "Examples:\n"
        "  inkling predict runs/cnn-0 seven.png photo.jpg --json readings.json\n"
        "  inkling predict runs/cnn-0 *.png --charset digits --explain why.png");
    command.action([options] { predict(*options); });
}

}  // namespace inkling::cli
