#include "cli/find_lr.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/csv.h"
#include "core/error.h"
#include "core/files.h"
#include "core/interrupt.h"
#include "core/progress.h"
#include "pictures/line_chart.h"
#include "train/rate_search.h"
#include "train/run_folder.h"
#include "train/training_checks.h"

namespace inkling::cli {
namespace {

constexpr Colour kBlue{45, 90, 160};
constexpr Colour kPaleBlue{178, 199, 232};
constexpr int kRowsOfTable = 14;

/// In as many digits as a rate deserves.
std::string rate_text(double rate) { return fmt::format("{:.2g}", rate); }

float recipes_rate(const FindLr& request) {
    return scaled_learning_rate(request.recipe.training, step_images(request.recipe, request.holdout));
}

/// What a recipe's optimizer.learning_rate is multiplied by for its batch.
double batch_factor(const FindLr& request) {
    return recipes_rate(request) / request.recipe.training.optimizer.learning_rate;
}

std::string csv_of(const RateSearch& search) {
    std::string text = "step,learning_rate,loss,smoothed_loss\n";
    for (std::size_t i = 0; i < search.steps.size(); ++i) {
        const RateStep& step = search.steps[i];
        text += csv_line(std::array<std::string, 4>{std::to_string(i + 1), fmt::format("{:.8g}", step.learning_rate),
                                                    fmt::format("{:.8g}", step.loss),
                                                    fmt::format("{:.8g}", step.smoothed)});
    }
    return text;
}

std::string json_of(const FindLr& request, const RateSearch& search) {
    const RateStep& least = *std::ranges::min_element(search.steps, {}, &RateStep::smoothed);
    const nlohmann::json json = {
        {"recipe", request.recipe.name},
        {"recipe_learning_rate", recipes_rate(request)},
        {"batch_factor", batch_factor(request)},
        {"suggestion", search.suggestion ? nlohmann::json(*search.suggestion) : nlohmann::json()},
        {"rule", "a tenth of the rate with the least smoothed loss"},
        {"steepest", search.steepest ? nlohmann::json(*search.steepest) : nlohmann::json()},
        {"least_smoothed_loss", least.smoothed},
        {"least_smoothed_loss_at", least.learning_rate},
        {"diverged", search.diverged},
        {"last_learning_rate", search.steps.back().learning_rate}};
    return json.dump(2) + "\n";
}

void draw(const std::filesystem::path& path, const FindLr& request, const RateSearch& search) {
    LineChart chart{.title = fmt::format("{}: loss by learning rate", request.recipe.name),
                    .x_name = "learning rate",
                    .y_name = "loss",
                    .x = {},
                    .lines = {{.name = "loss of each step", .y = {}, .colour = kPaleBlue},
                              {.name = "smoothed", .y = {}, .colour = kBlue, .width = 2}},
                    .marks = {}};
    for (const RateStep& step : search.steps) {
        chart.x.push_back(step.learning_rate);
        chart.lines[0].y.push_back(step.loss);
        chart.lines[1].y.push_back(step.smoothed);
    }
    const auto [least, most] = std::ranges::minmax_element(chart.lines[1].y);
    const double margin = std::max((*most - *least) / 10, 1e-6);
    chart.y_least = *least - margin;
    chart.y_most = *most + margin;
    const auto mark = [&](const std::string& name, double rate, Colour colour) {
        if (rate >= chart.x.front() && rate <= chart.x.back())
            chart.marks.push_back({fmt::format("{} {}", name, rate_text(rate)), rate, colour});
    };
    if (search.suggestion) mark("suggested", *search.suggestion, kGreen);
    if (search.steepest) mark("steepest", *search.steepest, kGrey);
    mark("the recipe's", recipes_rate(request), kRed);
    draw_line_chart(path, chart);
}

void print_table(const RateSearch& search) {
    fmt::print("  {:>13}  {:>8}\n", "learning rate", "loss");
    const std::size_t count = search.steps.size();
    const std::size_t rows = std::min<std::size_t>(kRowsOfTable, count);
    for (std::size_t row = 0; row < rows; ++row) {
        const RateStep& step = search.steps[rows == 1 ? 0 : row * (count - 1) / (rows - 1)];
        fmt::print("  {:>13}  {:>8.4f}\n", rate_text(step.learning_rate), step.smoothed);
    }
}

void print_search(const FindLr& request, const RateSearch& search) {
    const TrainingSpec& training = request.recipe.training;
    print_table(search);
    const RateStep& last = search.steps.back();
    if (search.diverged)
        fmt::print("it diverged at {}: the loss was not finite, or more than {} times its least\n",
                   rate_text(last.learning_rate), kDivergence);
    const std::string recipes =
        fmt::format("the recipe's is {} ({})", recipes_rate(request), name_of(training.schedule.kind));
    if (search.suggestion)
        fmt::print("suggestion: --lr {}{}, a tenth of where the loss is least; it falls steepest at {}, and {}\n",
                   rate_text(*search.suggestion / batch_factor(request)),
                   training.optimizer.base_batch_size > 0
                       ? fmt::format(" ({} for this batch)", rate_text(*search.suggestion))
                       : "",
                   rate_text(*search.steepest), recipes);
    else
        fmt::print("no suggestion: the loss falls at no rate; {}\n", recipes);
    if (std::ranges::min_element(search.steps, {}, &RateStep::smoothed)->learning_rate == last.learning_rate)
        fmt::print("note: the loss fell to the highest rate tried; where it would be least is not known\n");
    fmt::print("written to {}: find-lr.csv, find-lr.png\n", request.out.string());
}

RateSearch search_with_progress(const FindLr& request, bool quiet) {
    const auto steps = static_cast<std::uint64_t>(request.steps);
    Progress bar("learning rate", steps, "steps", quiet);
    std::uint64_t done = 0;
    RateSearch search = search_rate(
        request.recipe, request.data, request.holdout,
        {.range = {.steps = request.steps},
         .on_step =
             [&](const RateStep& step) {
                 bar.update(++done, fmt::format("rate {}  loss {:.4f}", rate_text(step.learning_rate), step.smoothed));
             },
         .stop = interrupted,
         .on_initialized = request.on_initialized});
    if (interrupted()) throw Error(ExitStatus::kInterrupted, "stopped; nothing was written");
    return search;
}

}  // namespace

void check_find_lr_folder(const std::filesystem::path& out) {
    const RunFolder run{out};
    if (std::filesystem::exists(run.record()) || std::filesystem::exists(run.model()))
        throw wrong_usage("{}: here is a run, which --find-lr leaves alone; name another folder with --out",
                          out.string());
}

void find_lr(const FindLr& request, const RunOptions& run) {
    const RateRange range;
    if (!run.quiet) {
        fmt::print("{}: learning rates from {:g} to {:g} in {} steps of {} images, by {}\n", request.recipe.name,
                   range.least, range.most, request.steps, step_images(request.recipe, request.holdout),
                   name_of(request.recipe.training.optimizer.kind));
        std::fflush(stdout);
    }
    const RateSearch search = search_with_progress(request, run.quiet);
    if (search.steps.size() < 2)
        throw failed("the loss is not finite at a learning rate of {:g} already; change the recipe", range.least);
    write_file(request.out / "find-lr.csv", csv_of(search));
    draw(request.out / "find-lr.png", request, search);
    if (!run.json.empty()) run.write_json(json_of(request, search));
    if (!run.quiet) print_search(request, search);
}

}  // namespace inkling::cli
