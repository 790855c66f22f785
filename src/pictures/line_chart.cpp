#include "pictures/line_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace inkling {
namespace {

constexpr int kWidth = 840;
constexpr int kHeight = 460;
constexpr double kLeft = 70;
constexpr double kRight = 20;
constexpr double kTop = 84;
constexpr double kBottom = 56;
constexpr double kLine = 18;
constexpr double kTextSize = 12;
constexpr double kTickSize = 5;
constexpr double kFewestTicks = 4;
constexpr Colour kGrid{228, 228, 228};

/// Where values stand in the picture.
class Axes {
  public:
    explicit Axes(const LineChart& chart)
        : x_least_(std::log10(chart.x.front())),
          x_scale_((kWidth - kLeft - kRight) / (std::log10(chart.x.back()) - x_least_)),
          y_least_(chart.y_least),
          y_most_(chart.y_most) {}

    double x(double value) const { return kLeft + (std::log10(value) - x_least_) * x_scale_; }
    double y(double value) const {
        const double share = (std::clamp(value, y_least_, y_most_) - y_least_) / (y_most_ - y_least_);
        return kHeight - kBottom - share * (kHeight - kTop - kBottom);
    }

  private:
    double x_least_;
    double x_scale_;
    double y_least_;
    double y_most_;
};

/// 1, 2 or 5 times a power of ten, of which at least kFewestTicks are in `length`.
double tick_step(double length) {
    const double most = length / kFewestTicks;
    const double power = std::pow(10.0, std::floor(std::log10(most)));
    for (const double times : {5.0, 2.0})
        if (times * power <= most) return times * power;
    return power;
}

void draw_rule(Canvas& canvas, Point from, Point to, Colour colour) {
    const std::array points{from, to};
    canvas.line(points, 1, colour);
}

void draw_x_axis(Canvas& canvas, const LineChart& chart, const Axes& axes) {
    const double bottom = kHeight - kBottom;
    const auto first = static_cast<int>(std::ceil(std::log10(chart.x.front()) - 1e-9));
    const auto last = static_cast<int>(std::floor(std::log10(chart.x.back()) + 1e-9));
    for (int power = first; power <= last; ++power) {
        const double value = std::pow(10.0, power);
        draw_rule(canvas, {axes.x(value), kTop}, {axes.x(value), bottom + kTickSize}, kGrid);
        canvas.text(axes.x(value), bottom + kLine, fmt::format("{:g}", value), kTextSize, kGrey, Align::kCentre);
    }
    draw_rule(canvas, {kLeft, bottom}, {kWidth - kRight, bottom}, kGrey);
    canvas.text(kWidth - kRight, bottom + 2.4 * kLine, chart.x_name, kTextSize, kBlack, Align::kRight);
}

void draw_y_axis(Canvas& canvas, const LineChart& chart, const Axes& axes) {
    const double step = tick_step(chart.y_most - chart.y_least);
    for (double tick = std::ceil(chart.y_least / step); tick * step <= chart.y_most; ++tick) {
        const double y = axes.y(tick * step);
        draw_rule(canvas, {kLeft - kTickSize, y}, {kWidth - kRight, y}, kGrid);
        canvas.text(kLeft - 2 * kTickSize, y + 4, fmt::format("{:g}", tick * step), kTextSize, kGrey, Align::kRight);
    }
    draw_rule(canvas, {kLeft, kTop}, {kLeft, kHeight - kBottom}, kGrey);
    canvas.text(kTickSize, kTop - kLine / 2, chart.y_name, kTextSize);
}

void draw_lines(Canvas& canvas, const LineChart& chart, const Axes& axes) {
    for (const ChartLine& line : chart.lines) {
        std::vector<Point> points;
        for (std::size_t i = 0; i < line.y.size(); ++i) points.push_back({axes.x(chart.x[i]), axes.y(line.y[i])});
        canvas.line(points, line.width, line.colour);
    }
}

void draw_marks(Canvas& canvas, const LineChart& chart, const Axes& axes) {
    for (const ChartMark& mark : chart.marks)
        draw_rule(canvas, {axes.x(mark.x), kTop}, {axes.x(mark.x), kHeight - kBottom}, mark.colour);
}

/// The names of lines and marks, each in its colour.
void draw_legend(Canvas& canvas, const LineChart& chart) {
    double x = kLeft;
    const auto write = [&](const std::string& name, Colour colour) {
        canvas.text(x, kTop - 1.8 * kLine, name, kTextSize, colour);
        x += canvas.text_width(name, kTextSize) + kLine;
    };
    for (const ChartLine& line : chart.lines) write(line.name, line.colour);
    for (const ChartMark& mark : chart.marks) write(mark.name, mark.colour);
}

}  // namespace

void draw_line_chart(const std::filesystem::path& path, const LineChart& chart) {
    const Axes axes(chart);
    Canvas canvas(kWidth, kHeight);
    canvas.text(kLeft, 1.4 * kLine, chart.title, 1.25 * kTextSize);
    draw_x_axis(canvas, chart, axes);
    draw_y_axis(canvas, chart, axes);
    draw_lines(canvas, chart, axes);
    draw_marks(canvas, chart, axes);
    draw_legend(canvas, chart);
    canvas.save(path);
}

}  // namespace inkling
