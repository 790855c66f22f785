#include "pictures/measures_sheet.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <vector>

#include "pictures/canvas.h"

namespace inkling {
namespace {

constexpr double kMargin = 16;
constexpr double kLine = 22;
constexpr double kImageScale = 4;
constexpr double kPanelWidth = 250;
constexpr double kPanelHeight = 130;
constexpr double kTextSize = 12;
constexpr Colour kFirst{45, 90, 160};
constexpr Colour kSecond{225, 130, 40};

/// Bars of two data sets over one range; shares of each.
struct Histogram {
    std::string title;
    std::string low;
    std::string high;
    std::vector<double> first;
    std::vector<double> second;
};

std::vector<double> shares(std::span<const float> values, double low, double high) {
    constexpr std::size_t kBins = 25;
    std::vector<double> bins(kBins);
    for (const float value : values) {
        const double place = (value - low) / (high - low) * kBins;
        bins[static_cast<std::size_t>(std::clamp(place, 0.0, kBins - 1.0))] += 1.0 / static_cast<double>(values.size());
    }
    return bins;
}

void draw_histogram(Canvas& canvas, double x, double y, const Histogram& histogram) {
    canvas.text(x, y + kTextSize, histogram.title, kTextSize);
    const double top = y + kLine;
    const double bottom = top + kPanelHeight;
    const double most = std::max(*std::max_element(histogram.first.begin(), histogram.first.end()),
                                 *std::max_element(histogram.second.begin(), histogram.second.end()));
    const double step = kPanelWidth / static_cast<double>(histogram.first.size());
    for (std::size_t i = 0; i < histogram.first.size(); ++i) {
        const double left = x + static_cast<double>(i) * step;
        const double first = kPanelHeight * histogram.first[i] / most;
        const double second = kPanelHeight * histogram.second[i] / most;
        canvas.fill(left, bottom - first, 0.45 * step, first, kFirst);
        canvas.fill(left + 0.45 * step, bottom - second, 0.45 * step, second, kSecond);
    }
    canvas.fill(x, bottom, kPanelWidth, 1, kGrey);
    canvas.text(x, bottom + kLine - 6, histogram.low, kTextSize, kGrey);
    canvas.text(x + kPanelWidth, bottom + kLine - 6, histogram.high, kTextSize, kGrey, Align::kRight);
}

std::vector<double> inked(const ImageMeasures& measures) { return {measures.greys.begin() + 1, measures.greys.end()}; }

}  // namespace

void draw_measures(const std::filesystem::path& path, const NamedMeasures& first, const NamedMeasures& second,
                   Shape shape) {
    constexpr double kMostInk = 0.45;
    constexpr double kMostWidth = 6;
    const ImageMeasures& a = first.measures;
    const ImageMeasures& b = second.measures;
    const std::array histograms = {
        Histogram{"ink: mean grey of an image", "0", "0.45", shares(a.ink, 0, kMostInk), shares(b.ink, 0, kMostInk)},
        Histogram{"stroke width of an image, pixels", "0", "6", shares(a.stroke_width, 0, kMostWidth),
                  shares(b.stroke_width, 0, kMostWidth)},
        Histogram{"greys of inked pixels", "16", "255", inked(a), inked(b)}};
    const double image_width = kImageScale * shape.width;
    const double panels = kMargin + 2 * (image_width + kMargin);
    Canvas canvas(static_cast<int>(panels + histograms.size() * (kPanelWidth + kMargin)),
                  static_cast<int>(2 * kMargin + 2 * kLine + kPanelHeight));
    double x = kMargin;
    for (const auto& [named, colour] : {std::pair(&first, kFirst), std::pair(&second, kSecond)}) {
        canvas.text(x, kMargin + kTextSize, named->name, kTextSize, colour);
        canvas.image(x, kMargin + kLine, kImageScale, named->measures.mean_image, shape);
        x += image_width + kMargin;
    }
    for (const Histogram& histogram : histograms) {
        draw_histogram(canvas, x, kMargin, histogram);
        x += kPanelWidth + kMargin;
    }
    canvas.save(path);
}

}  // namespace inkling
