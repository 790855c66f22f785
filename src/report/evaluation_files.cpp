#include "report/evaluation_files.h"

#include <algorithm>
#include <cmath>

#include "core/csv.h"
#include "core/files.h"
#include "pictures/canvas.h"
#include "pictures/sheet.h"

namespace inkling {
namespace {

constexpr std::size_t kPredictions = 6;
constexpr Colour kRightMost{8, 69, 148};   // a class that is always recognised
constexpr Colour kWrongMost{165, 15, 21};  // a class that is always taken for the same other
constexpr double kMargin = 40;
constexpr double kTitleHeight = 64;
constexpr double kTextSize = 14;

std::string confusion_csv(const Metrics& metrics, const std::vector<std::string>& class_names) {
    std::vector<std::string> fields = {"truth\\prediction"};
    fields.insert(fields.end(), class_names.begin(), class_names.end());
    std::string text = csv_line(fields);
    auto count = metrics.confusion.begin();
    for (const std::string& name : class_names) {
        fields.front() = name;
        for (std::size_t i = 0; i < class_names.size(); ++i) fields[1 + i] = std::to_string(*count++);
        text += csv_line(fields);
    }
    return text;
}

/// White for none to `most` for all, by the square root of the share, so that a few mistakes in a hundred are seen.
Colour shade(double share, Colour most) {
    const double strength = std::sqrt(share);
    const auto mix = [&](std::uint8_t channel) {
        return static_cast<std::uint8_t>(std::lround(255 - strength * (255 - channel)));
    };
    return {mix(most.red), mix(most.green), mix(most.blue)};
}

void draw_legend(Canvas& canvas, double x, double y) {
    constexpr double kSwatch = 34;
    for (const double share : {0.01, 0.03, 0.1, 0.3, 1.0}) {
        canvas.fill(x, y, kSwatch, 10, shade(share, kRightMost));
        canvas.fill(x, y + 10, kSwatch, 10, shade(share, kWrongMost));
        canvas.text(x + kSwatch / 2, y + 34, fmt::format("{:.0f}%", 100 * share), 11, kGrey, Align::kCentre);
        x += kSwatch;
    }
    canvas.text(x + 8, y + 9, "right", 11, kRightMost);
    canvas.text(x + 8, y + 20, "wrong", 11, kWrongMost);
}

/// Rows are the truth, columns the prediction; a cell's shade is its share of the row, its number the count.
void draw_confusion(const std::filesystem::path& path, const std::string& title, const Metrics& metrics,
                    const std::vector<std::string>& class_names) {
    const std::size_t classes = class_names.size();
    const double cell = std::clamp(std::floor(1080.0 / static_cast<double>(classes)), 20.0, 56.0);
    const double side = cell * static_cast<double>(classes);
    const double left = kMargin;
    const double top = kTitleHeight + kMargin;
    Canvas canvas(static_cast<int>(std::max(side, 520.0) + 2 * kMargin), static_cast<int>(top + side + kMargin));
    canvas.text(left, 26, title, 18);
    canvas.text(left, 52, "rows: truth, columns: prediction", 13, kGrey);
    draw_legend(canvas, left + 230, 38);
    for (std::size_t truth = 0; truth < classes; ++truth) {
        const double middle = cell * (static_cast<double>(truth) + 0.5);
        canvas.text(left - 8, top + middle + 5, class_names[truth], kTextSize, kBlack, Align::kRight);
        canvas.text(left + side + 8, top + middle + 5, class_names[truth], kTextSize);
        canvas.text(left + middle, top - 6, class_names[truth], kTextSize, kBlack, Align::kCentre);
        canvas.text(left + middle, top + side + 18, class_names[truth], kTextSize, kBlack, Align::kCentre);
        const double support = static_cast<double>(std::max<std::int64_t>(metrics.per_class[truth].support, 1));
        for (std::size_t prediction = 0; prediction < classes; ++prediction) {
            const std::int64_t count = metrics.confusion[truth * classes + prediction];
            const double share = static_cast<double>(count) / support;
            const double x = left + cell * static_cast<double>(prediction);
            const double y = top + cell * static_cast<double>(truth);
            canvas.fill(x, y, cell, cell, Colour{225, 225, 225});
            canvas.fill(x, y, cell - 1, cell - 1, shade(share, truth == prediction ? kRightMost : kWrongMost));
            if (count > 0)
                canvas.text(x + cell / 2, y + cell / 2 + cell * 0.14, fmt::format("{}", count), cell * 0.38,
                            share > 0.2 ? kWhite : kBlack, Align::kCentre);
        }
    }
    canvas.save(path);
}

void draw_predictions(const std::filesystem::path& path, const std::string& title, const Model& model,
                      const Dataset& data, const Evaluation& evaluation) {
    const auto classes = static_cast<std::size_t>(model.classes());
    std::vector<Tile> tiles;
    for (std::size_t i = 0; i < std::min(kPredictions, data.size()); ++i) {
        const auto probabilities = std::span(evaluation.probabilities).subspan(i * classes, classes);
        const std::size_t prediction = likeliest(probabilities);
        const std::size_t truth = data.labels[i];
        tiles.push_back({data.image(i),
                         fmt::format("{}, read as {} ({:.0f}%)", data.class_names[truth], data.class_names[prediction],
                                     100 * probabilities[prediction]),
                         prediction == truth ? kGreen : kRed});
    }
    draw_sheet(path, title, tiles, 3, data.shape);
}

}  // namespace

std::vector<std::filesystem::path> save_evaluation(const std::filesystem::path& folder, const Model& model,
                                                   const Dataset& data, const Evaluation& evaluation,
                                                   const std::string& part) {
    std::vector<std::filesystem::path> paths = {folder / "confusion.csv", folder / "confusion.png",
                                                folder / "predictions.png"};
    const std::string what = fmt::format("{} on the {} part of {}", model.recipe.name, part, data.split);
    make_folder(folder);
    write_file(paths[0], confusion_csv(evaluation.metrics, model.class_names));
    draw_confusion(paths[1],
                   fmt::format("{}: {:.2f}% of {} right", what, 100 * evaluation.metrics.accuracy, data.size()),
                   evaluation.metrics, model.class_names);
    draw_predictions(paths[2], what, model, data, evaluation);
    return paths;
}

}  // namespace inkling
