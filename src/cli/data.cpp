#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.h"
#include "cli/convert.h"
#include "cli/recipes.h"
#include "cli/variants.h"
#include "core/cache_folder.h"
#include "core/error.h"
#include "core/folder_lock.h"
#include "core/interrupt.h"
#include "core/path_text.h"
#include "core/progress.h"
#include "core/terminal.h"
#include "core/threads.h"
#include "data/idx.h"
#include "data/samples.h"
#include "data/split_writer.h"
#include "data/synthetic.h"
#include "fetch/fetch.h"
#include "fetch/sources.h"
#include "formats/load_dataset.h"
#include "formats/split_files.h"
#include "pictures/measures_sheet.h"
#include "pictures/preview.h"
#include "pictures/sheet.h"
#include "train/recipe.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// "112,800"
std::string grouped(std::size_t number) {
    const std::string digits = std::to_string(number);
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

void print_histogram(const std::vector<Dataset>& parts) {
    constexpr std::size_t kBarWidth = 40;
    std::vector<std::vector<std::size_t>> histograms;
    fmt::print("\n  class");
    for (const Dataset& part : parts) {
        histograms.push_back(class_histogram(part));
        fmt::print("{:>10}", part_name(part.part));
    }
    fmt::print("\n");
    const auto& bars = histograms.front();
    const std::size_t most = std::max<std::size_t>(*std::max_element(bars.begin(), bars.end()), 1);
    for (std::size_t label = 0; label < bars.size(); ++label) {
        fmt::print("  {:<5}", parts.front().class_names[label]);
        for (const auto& histogram : histograms) fmt::print("{:>10}", grouped(histogram[label]));
        fmt::print("  ");
        for (std::size_t i = 0; i < (bars[label] * kBarWidth + most / 2) / most; ++i) fmt::print("■");
        fmt::print("\n");
    }
}

void print_split(const std::vector<Dataset>& parts, bool with_histogram) {
    const std::optional<Orientation> stored = parts.front().stored;
    fmt::print("{}: {} classes{}\n", parts.front().split, parts.front().classes(),
               stored ? fmt::format(", images stored {}", orientation_name(*stored)) : "");
    for (const Dataset& part : parts) {
        const Normalization pixels = measure_normalization(part);
        fmt::print("  {:<5}{:>10} images, pixel mean {:.4f}, deviation {:.4f}\n", part_name(part.part),
                   grouped(part.size()), pixels.mean, pixels.deviation);
    }
    if (with_histogram) print_histogram(parts);
    fmt::print("\n");
    std::map<std::string, std::string> hashes;  // both parts name the mapping
    for (const Dataset& part : parts)
        for (const DataFile& file : part.files) hashes[file.name] = file.sha256;
    for (const auto& [name, hash] : hashes) fmt::print("  {}  {}\n", hash, name);
}

Json describe(const std::vector<Dataset>& parts) {
    Json split = {{"split", parts.front().split},
                  {"classes", parts.front().class_names},
                  {"assumed", parts.front().assumed},
                  {"parts", Json::object()}};
    if (parts.front().stored) split["orientation"] = orientation_name(*parts.front().stored);
    for (const Dataset& part : parts) {
        const Normalization pixels = measure_normalization(part);
        Json files = Json::array();
        for (const DataFile& file : part.files) files.push_back({{"name", file.name}, {"sha256", file.sha256}});
        split["parts"][part_name(part.part)] = {{"images", part.size()},
                                                {"class_histogram", class_histogram(part)},
                                                {"mean", pixels.mean},
                                                {"deviation", pixels.deviation},
                                                {"files", files}};
    }
    return split;
}

void info(const DataOptions& data, const RunOptions& run) {
    run.apply();
    const fs::path folder = data.resolved_folder();
    std::vector<std::string> splits;
    if (data.split.empty())
        for (const SplitFiles& split : find_splits(folder)) splits.push_back(split.name);
    else
        splits = {data.split};
    // An empty folder gets find_split's advice too.
    if (splits.empty()) splits = {find_split(folder, "balanced").name};
    Json result = {{"folder", path_text(folder)}, {"splits", Json::array()}};
    const std::string source = folder.empty() ? describe_source(folder, data.split) : folder.string();
    for (const std::string& split : splits) {
        const std::vector<Dataset> parts = load_parts(folder, split, parts_of(folder, split), data.stored());
        const bool is_first = &split == &splits.front();
        if (!run.quiet && !is_first) fmt::print("\n");
        print_assumptions(parts.front(), run);
        if (!run.quiet && is_first) fmt::print("{}\n\n", source);
        if (!run.quiet) print_split(parts, splits.size() == 1);
        result["splits"].push_back(describe(parts));
    }
    if (!run.quiet && splits.size() > 1) fmt::print("\nAdd --split NAME to see how many images each class has.\n");
    if (!run.json.empty()) run.write_json(result.dump(2) + "\n");
}

struct ShowOptions {
    DataOptions data;
    RunOptions run;
    std::string part = "test";
    std::string class_name;
    std::size_t count = 100;
    bool count_given = false;
    std::uint64_t seed = 0;
    std::string out;
    std::string recipe;  // of --augment
    std::vector<std::string> settings;
};

constexpr int kSheetColumns = 10;
constexpr std::size_t kAugmentedRows = 12;  // unless another number is asked for

std::optional<int> label_of(const std::string& class_name, const Dataset& data) {
    if (class_name.empty()) return {};
    const auto found = std::find(data.class_names.begin(), data.class_names.end(), class_name);
    if (found == data.class_names.end())
        throw wrong_usage("--class {}: split '{}' has no such class, expected one of {}", class_name, data.split,
                          fmt::join(data.class_names, " "));
    return static_cast<int>(found - data.class_names.begin());
}

void show(ShowOptions options) {
    options.run.apply();
    options.data.split = options.data.chosen_split();
    const Part part = options.part == "train" ? Part::kTrain : Part::kTest;
    std::optional<Recipe> recipe;
    if (options.recipe.empty() && !options.settings.empty())
        throw wrong_usage("--set {}: sets a key of the recipe that --augment names, but there is none",
                          options.settings.front());
    if (!options.recipe.empty()) recipe = read_recipe(find_recipe(options.recipe), options.settings);
    if (recipe && !recipe->training.augmentation.active())
        throw wrong_usage("--augment {}: this recipe leaves images as they are; try --set augmentation.rotation=10",
                          options.recipe);
    const Dataset data = load_dataset(options.data.resolved_folder(), options.data.split, part, options.data.stored());
    print_assumptions(data, options.run);
    const auto samples = pick_samples(data, label_of(options.class_name, data),
                                      recipe && !options.count_given ? kAugmentedRows : options.count, options.seed);
    if (samples.empty())
        throw bad_data("{}: no image of class {} in the {} part", data.split, options.class_name, options.part);
    std::vector<Tile> tiles;
    std::vector<std::vector<Variant>> variants(samples.size());
    if (recipe) variants = variants_of(data, samples, recipe->training, kSheetColumns - 1);
    Json shown = Json::array();
    for (std::size_t row = 0; row < samples.size(); ++row) {
        const std::uint32_t sample = samples[row];
        const std::string& class_name = data.class_names[data.labels[sample]];
        tiles.push_back({data.image(sample), fmt::format("{}  #{}", class_name, sample)});
        shown.push_back({{"index", sample}, {"class", class_name}});
        for (const Variant& variant : variants[row]) tiles.push_back({variant.pixels, variant.caption});
    }
    const std::string out = options.out.empty() ? fmt::format("{}-{}.png", data.split, options.part) : options.out;
    const bool is_emnist = data.read_as.empty() && data.split != kSyntheticSplit;
    const std::string title = fmt::format("{}, {} part: {} of {} images, seed {}",
                                          is_emnist ? "EMNIST " + data.split : describe_source({}, data.split),
                                          options.part, samples.size(), grouped(data.size()), options.seed) +
                              (recipe ? fmt::format(", as {} augments them", recipe->name) : "");
    draw_sheet(out, title, tiles, kSheetColumns, data.shape);
    if (!options.run.json.empty())
        options.run.write_json(Json{{"picture", path_text(out)}, {"samples", shown}}.dump(2) + "\n");
    if (options.run.quiet) return;
    const auto style = colours_allowed() ? PreviewStyle::kGreys : PreviewStyle::kPlain;
    fmt::print("{}\n{} images in {}\n", draw_preview(tiles, data.shape, terminal_width(STDOUT_FILENO), style),
               samples.size(), out);
}

void fetch(FetchOptions options, const std::string& out) {
    catch_interrupts();
    options.folder = out.empty() ? cache_folder() : fs::path(out);
    if (!options.quiet)
        options.on_failure = [](const std::string& failure) {
            fmt::print(stderr, "{}; trying the next source\n", failure);
        };
    fetch_and_tell(options);
}

std::string sources_of_balanced() {
    std::string text = "Sources of balanced, in turn:\n";
    for (const Source& source : known_sources("balanced")) text += fmt::format("  {}\n", source.url);
    return text;
}

struct CompareOptions {
    DataOptions data;
    std::string with = kSyntheticSplit;
    std::string part = "test";
    RunOptions run;
    std::string out;
};

Json to_json(const Spread& spread) {
    return {{"mean", spread.mean}, {"5%", spread.low}, {"median", spread.median}, {"95%", spread.high}};
}

void compare(CompareOptions options) {
    options.run.apply();
    options.data.split = options.data.chosen_split();
    const Part part = options.part == "train" ? Part::kTrain : Part::kTest;
    Json result = Json::object();
    std::vector<NamedMeasures> sides;
    for (const std::string& split : {options.data.split, options.with}) {
        // Synthetic images need no folder, and the one of the other split has none.
        const bool made = split == kSyntheticSplit;
        const fs::path folder = made ? fs::path() : DataOptions{options.data.folder, split}.resolved_folder();
        const bool is_named = split == options.data.split;
        const Dataset data =
            load_dataset(folder, split, part, is_named ? options.data.stored() : std::optional<Orientation>());
        print_assumptions(data, options.run);
        sides.push_back({split, measure_images(data)});
        const ImageMeasures& measures = sides.back().measures;
        result[split] = {{"images", data.size()},
                         {"ink", to_json(spread_of(measures.ink))},
                         {"stroke_width", to_json(spread_of(measures.stroke_width))},
                         {"greys", measures.greys}};
    }
    const std::string out =
        options.out.empty() ? fmt::format("{}-{}.png", options.data.split, options.with) : options.out;
    draw_measures(out, sides[0], sides[1], kIdxImageShape);
    if (!options.run.json.empty()) options.run.write_json(result.dump(2) + "\n");
    if (options.run.quiet) return;
    fmt::print("{:<12} {:<14} {:>7} {:>7} {:>7} {:>7}\n", "split", "measure", "mean", "5%", "median", "95%");
    for (const NamedMeasures& side : sides)
        for (const auto& [name, values] :
             {std::pair("ink", &side.measures.ink), std::pair("stroke width", &side.measures.stroke_width)}) {
            const Spread spread = spread_of(*values);
            fmt::print("{:<12} {:<14} {:>7.3f} {:>7.3f} {:>7.3f} {:>7.3f}\n", side.name, name, spread.mean, spread.low,
                       spread.median, spread.high);
        }
    fmt::print("picture: {}\n", out);
}

struct SynthOptions {
    SyntheticSize size;
    std::uint64_t seed = kSyntheticSeed;
    int per_writer = 1;
    std::string out;
    int threads = 0;
    bool quiet = false;
};

void synth(const SynthOptions& options) {
    if (options.size.train + options.size.test == 0)
        throw wrong_usage("--train 0 --test 0: no images, expected some in one part at least");
    if (options.threads > 0) set_thread_count(options.threads);
    start_threads();
    const FolderLock claim(options.out);
    for (const Part part : {Part::kTrain, Part::kTest}) check_can_write_part(options.out, kSyntheticSplit, part);
    for (const Part part : {Part::kTrain, Part::kTest}) {
        const std::size_t count = part == Part::kTrain ? options.size.train : options.size.test;
        if (count == 0) continue;
        write_part(options.out,
                   make_synthetic(part, count, options.seed, static_cast<std::uint32_t>(options.per_writer)));
        if (!options.quiet) fmt::print("{}: {} images of synthetic handwriting\n", part_name(part), grouped(count));
    }
    if (!options.quiet) fmt::print("written to {} as split {}: {}\n", options.out, kSyntheticSplit, kSyntheticNote);
}

constexpr std::uint64_t kMostSeed = std::uint64_t{1} << 53;  // that JSON keeps

void add_info(const Command& data) {
    const Command command = data.command("info", "Tells what is in the data folder and checks it");
    const auto options = std::make_shared<std::pair<DataOptions, RunOptions>>();
    options->first.add_to(command);
    command.describe("--split", "Split to tell of; synthetic is made in memory [all that are there]");
    options->second.add_to(command);
    command.footer("Example:\n  inkling data info --split balanced --json balanced.json");
    command.action([options] { info(options->first, options->second); });
}

void add_show(const Command& data) {
    const Command command = data.command("show", "Draws labelled samples: a PNG sheet, and a few in the terminal");
    const auto options = std::make_shared<ShowOptions>();
    options->data.add_to(command);
    command.choice("--part", options->part, {"train", "test"}, "Part to take samples from");
    command.text("--class", options->class_name, "NAME", "Only samples of this class, for instance A");
    command.integer("--count", options->count, 1, 2000, "Samples to draw");
    command.integer("--seed", options->seed, 0, kMostSeed, "Chooses the samples");
    command.text("--augment", options->recipe, "RECIPE",
                 "Beside each image what a training by the recipe sees of it in its first epochs; what it mixes, it "
                 "mixes of these images");
    command.texts("--set", options->settings, "SECTION.KEY=VALUE",
                  "Overrides a key of that recipe, say augmentation.thickness=1");
    command.text("--out", options->out, "FILE", "File of the sheet [SPLIT-PART.png]");
    options->run.add_to(command);
    command.footer(
        "Examples:\n"
        "  inkling data show --split letters --class G --count 30 --out g.png\n"
        "  inkling data show --augment cnn --set augmentation.elastic_alpha=34 --out augmented.png");
    command.action([options, command] {
        options->count_given = command.given("--count");
        show(*options);
    });
}

void add_fetch(const Command& data) {
    const Command command = data.command("fetch",
                                         "Fetches a split of EMNIST from NIST or a mirror: only its files, 33 of 536 "
                                         "MiB for balanced, checked by SHA-256");
    const auto options = std::make_shared<FetchOptions>();
    const auto out = std::make_shared<std::string>();
    command.text("--split", options->split, "NAME", "balanced, byclass, bymerge, letters, digits or mnist");
    command.text("--out", *out, "DIR", "Folder for the files [the cache]");
    command.texts("--url", options->urls, "URL",
                  "Source in place of the known ones, tried in turn: the archive, or a folder of its files, whose "
                  "address ends with /");
    command.flag("--allow-hash-mismatch", options->allow_hash_mismatch,
                 "Take files whose SHA-256 is not the known one");
    command.integer("--attempts", options->http.attempts, 1, 100, "Attempts for a request that fails");
    command.number("--stall-timeout", options->http.stall_seconds, 0.1, 3600, "SECONDS",
                   "Seconds almost without data after which the next source is tried");
    command.flag("--quiet", options->quiet, "Print nothing but errors");
    command.footer(
        sources_of_balanced() +
        "A proxy is taken from https_proxy and no_proxy, further certificates from CURL_CA_BUNDLE or SSL_CERT_FILE.\n\n"
        "Example:\n  inkling data fetch --split letters\n\nCut off? Run it again: it goes on where it stopped.");
    command.action([options, out] { fetch(*options, *out); });
}

void add_compare(const Command& data) {
    const Command command =
        data.command("compare", "Measures the images of two splits: ink, stroke width, greys, mean image");
    const auto options = std::make_shared<CompareOptions>();
    options->data.add_to(command);
    command.describe("--orientation",
                     "How the files of --split store images: row by row, or column by column [as the "
                     "ink tells; official splits: transposed]");
    command.text("--with", options->with, "NAME", "The split to compare with; synthetic is made in memory");
    command.choice("--part", options->part, {"train", "test"}, "Part to measure");
    command.text("--out", options->out, "FILE", "File of the picture [SPLIT-NAME.png]");
    options->run.add_to(command);
    command.footer("Example:\n  inkling data compare --split balanced --with synthetic");
    command.action([options] { compare(*options); });
}

void add_synth(const Command& data) {
    const Command command = data.command("synth", "Makes handwriting of its own and writes it as EMNIST's files are");
    const auto options = std::make_shared<SynthOptions>();
    command.integer("--train", options->size.train, 0, kMostSynthetic, "Images of the training part");
    command.integer("--test", options->size.test, 0, kMostSynthetic, "Images of the test part, by other writers");
    command.integer("--seed", options->seed, 0, kMostSeed, "Chooses writers and images");
    command.integer("--per-writer", options->per_writer, 1, 1'000'000, "Images of each class by each writer");
    command.text("--out", options->out, "DIR", "Folder for the files");
    command.require("--out");
    command.integer("--threads", options->threads, 1, 1024,
                    "Threads to work with [$OMP_NUM_THREADS, else one a core that affinity and quotas allow]");
    command.flag("--quiet", options->quiet, "Print nothing but errors");
    command.footer(
        "Nothing needs to be written to use it: --split synthetic makes the same images in memory.\n\n"
        "Example:\n  inkling data synth --train 100000 --seed 1 --out synthetic\n"
        "  inkling data synth --train 940 --test 0 --per-writer 20 --out one-hand");
    command.action([options] { synth(*options); });
}

}  // namespace

void fetch_and_tell(const FetchOptions& options) {
    const Fetched fetched = fetch_split(options);
    if (options.quiet) return;
    if (fetched.bytes == 0)
        fmt::print("{}: already in {}\n", options.split, options.folder.string());
    else
        fmt::print("{}: {:.1f} MiB from {} into {}\n", options.split, static_cast<double>(fetched.bytes) / (1 << 20),
                   fmt::join(fetched.sources, " and "), options.folder.string());
    std::fflush(stdout);
}

void add_data_command(const Command& program) {
    const Command data = program.command("data", "Fetches EMNIST, tells what is there, shows samples, converts");
    data.require_command();
    data.footer("Example:\n  inkling data fetch && inkling data show");
    add_info(data);
    add_show(data);
    add_fetch(data);
    add_synth(data);
    add_compare(data);
    add_convert(data);
}

}  // namespace inkling::cli
