#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pictures/canvas.h"

namespace inkling {

/// A line of a chart, with a y for each of its x.
struct ChartLine {
    std::string name;
    std::vector<double> y;
    Colour colour = kBlack;
    double width = 1;  // pixels
};

/// A place on the x axis that is pointed out by an upright line.
struct ChartMark {
    std::string name;
    double x = 0;
    Colour colour = kGrey;
};

/// Lines over a logarithmic x axis.
struct LineChart {
    std::string title;
    std::string x_name;
    std::string y_name;
    std::vector<double> x;  // above 0, rising; two or more
    std::vector<ChartLine> lines;
    std::vector<ChartMark> marks;
    double y_least = 0;
    double y_most = 1;  // values beyond are drawn at the border
};

/// Writes the chart to a PNG file. Throws Error (failed).
void draw_line_chart(const std::filesystem::path& path, const LineChart& chart);

}  // namespace inkling
