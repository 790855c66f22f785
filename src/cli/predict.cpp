#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/readings.h"
#include "core/error.h"
#include "deploy/explanation.h"
#include "deploy/occlusion.h"
#include "deploy/page_picture.h"
#include "deploy/word_list.h"
#include "pictures/read_picture.h"
#include "train/transfer.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;

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
    bool text = false;
    std::string boxes;
    std::string words;
    RunOptions run;
};

/// What is read of one picture, or why it is not: a file that cannot be read gets its line at once and does not stop
/// the others.
template <class Read>
PictureReading attempt(const std::string& file, Read&& read) {
    PictureReading picture{.file = file};
    try {
        read(picture);
    } catch (const Error& error) {
        if (error.status() != ExitStatus::kData) throw;
        picture.error = error.what();
        std::fflush(stdout);
        fmt::print(stderr, "inkling: {}\n", picture.error);
    }
    return picture;
}

std::vector<PictureReading> read_characters(const PredictOptions& options, CharacterReader& reader) {
    std::vector<PictureReading> pictures;
    std::vector<EmnistImage> images;
    for (const std::string& file : options.files) {
        pictures.push_back(
            attempt(file, [&](PictureReading& picture) { picture.image = convert_picture(read_picture(file)); }));
        if (!pictures.back().image.box.empty()) images.push_back(pictures.back().image.pixels);
    }
    const std::vector<Reading> readings = reader.read(images);
    auto next = readings.begin();
    for (PictureReading& picture : pictures)
        if (!picture.image.box.empty()) picture.reading = *next++;
    return pictures;
}

std::vector<PictureReading> read_pages(const PredictOptions& options, CharacterReader& reader, const Model& model) {
    std::optional<WordList> words;
    if (!options.words.empty()) words = read_word_list(options.words, model.class_names);
    std::vector<PictureReading> pages;
    for (const std::string& file : options.files)
        pages.push_back(attempt(file, [&](PictureReading& page) {
            const GreyPicture picture = read_picture(file);
            page.page = read_page(picture, reader, model.class_names, file);
            if (words) correct_words(*page.page, *words);
            if (!options.boxes.empty()) draw_page(options.boxes, picture, *page.page, model.class_names);
        }));
    return pages;
}

void print_readings(const std::vector<PictureReading>& pictures, const Model& model, const PredictOptions& options,
                    const std::optional<ConformalSets>& sets) {
    const auto has_reading = [](const PictureReading& picture) { return picture.reading.has_value(); };
    if (!sets && std::ranges::any_of(pictures, has_reading))
        fmt::print(
            "note: this network was not calibrated: take its percentages with a grain of salt; there are no sets, and "
            "what is no character is read as one\n");
    else if (!model.strangeness && std::ranges::any_of(pictures, has_reading))
        fmt::print("note: this network was calibrated by an older version: what is no character is read as one\n");
    for (const PictureReading& picture : pictures) {
        if (!picture.error.empty()) continue;
        fmt::print("{}: {}", picture.file, text_of(picture, model, options.top));
        if (picture.reading && sets && picture.reading->is_character().value_or(true))
            fmt::print("  ({} at {:.0f}%)", set_text(*picture.reading, model, sets), 100 * sets->coverage);
        fmt::print("\n");
    }
}

void print_pages(const std::vector<PictureReading>& pages) {
    for (const PictureReading& page : pages) {
        if (!page.page) continue;
        if (pages.size() > 1) fmt::print("{}:\n", page.file);
        fmt::print("{}", page.page->text());
    }
}

void explain(const std::vector<PictureReading>& pictures, CharacterReader& reader, const Model& model,
             const PredictOptions& options) {
    std::vector<Explanation> shown;
    for (const PictureReading& picture : pictures) {
        if (!picture.reading) continue;
        const GreyPicture whole = read_picture(picture.file);
        const int factor = explained_factor(whole);
        const std::size_t label = picture.reading->classes.front().label;
        shown.push_back({.caption = picture.file,
                         .picture = shrunk(whole, factor),
                         .factor = factor,
                         .character = picture.image,
                         .reading = text_of(picture, model, options.top),
                         .falls = measure_occlusion(reader, picture.image.pixels, label)});
    }
    if (shown.empty()) throw bad_data("--explain {}: no picture with ink to explain", options.explain);
    draw_explanations(options.explain, shown);
}

void check(const PredictOptions& options) {
    if (!options.explain.empty() && options.files.size() > kMostExplained)
        throw wrong_usage("--explain {}: {} pictures, expected {} at most", options.explain, options.files.size(),
                          kMostExplained);
    if (!options.boxes.empty() && options.files.size() > 1)
        throw wrong_usage("--boxes {}: {} pictures, expected one; name each with a file for its boxes", options.boxes,
                          options.files.size());
}

void predict(const PredictOptions& options) {
    options.run.apply();
    check(options);
    std::vector<fs::path> inputs = files_of_network(options.model);
    inputs.insert(inputs.end(), options.files.begin(), options.files.end());
    if (!options.words.empty()) inputs.emplace_back(options.words);
    check_outputs({{"--json", options.run.json}, {"--explain", options.explain}, {"--boxes", options.boxes}}, inputs);
    const Model model = load_model(weights_file(options.model));
    CharacterReader reader(model, find_charset(options.charset, model.class_names));
    const std::optional<ConformalSets> sets = find_sets(model, options.coverage);
    const std::vector<PictureReading> pictures =
        options.text ? read_pages(options, reader, model) : read_characters(options, reader);
    if (!options.run.quiet && options.text) print_pages(pictures);
    if (!options.run.quiet && !options.text) print_readings(pictures, model, options, sets);
    if (!options.run.json.empty())
        options.run.write_json(to_json(pictures, model, sets).dump(2, ' ', false, kReplaced) + "\n");
    if (!options.explain.empty()) {
        explain(pictures, reader, model, options);
        if (!options.run.quiet) fmt::print("picture: {}\n", options.explain);
    }
    std::fflush(stdout);
    const auto failed = std::ranges::count_if(pictures, [](const PictureReading& read) { return !read.error.empty(); });
    if (failed > 0) throw bad_data("{} of {} pictures could not be read", failed, pictures.size());
}

}  // namespace

void add_predict_command(const Command& program) {
    const Command command = program.command("predict", "Reads people's own pictures of characters and of pages");
    const auto options = std::make_shared<PredictOptions>();
    command.text("MODEL", options->model, "MODEL", "Folder of a finished run, or its model.safetensors");
    command.texts("FILE", options->files, "FILE",
                  "Pictures of one character each, or of pages: PNG, JPEG, BMP, PNM, TIFF, WebP");
    command.require("MODEL");
    command.require("FILE");
    command.text("--charset", options->charset, "CHARACTERS",
                 "What may stand there: digits, letters, or characters, as in 0O [all that the network knows]");
    command.choice("--coverage", options->coverage, {"0.9", "0.95", "0.99"},
                   "How often the set in brackets is to hold the true class");
    command.integer("--top", options->top, 1, 256, "Classes to print, the likeliest first");
    command.text("--explain", options->explain, "FILE.png",
                 "Draw each picture, the 28x28 that the network saw of it, and where it looked");
    command.flag("--text", options->text, "Read pages: lines, words and characters");
    command.text("--boxes", options->boxes, "FILE.png", "Draw the page with a box and a reading for each character");
    command.text("--words", options->words, "FILE", "Correct words by those of a text");
    command.exclude("--explain", "--text");
    options->run.add_to(command);
    command.footer(
        "Dark on light or light on dark, of any size, unevenly lit: docs/pictures.md says how a picture is prepared. A "
        "file\n"
        "that cannot be read gets its line and does not stop the others; the exit status is then 3.\n\n"
        "Examples:\n"
        "  inkling predict runs/cnn-0 seven.png photo.jpg --json readings.json\n"
        "  inkling predict runs/cnn-0 *.png --charset digits --explain why.png\n"
        "  inkling predict runs/cnn-0 page.jpg --text --boxes boxes.png --words words.txt");
    command.action([options, command] {
        for (const char* name : {"--boxes", "--words"})
            if (command.given(name) && !options->text) throw wrong_usage("{}: of pages only; add --text", name);
        predict(*options);
    });
}

}  // namespace inkling::cli
