#include "train/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

#include "core/csv.h"
#include "core/error.h"
#include "core/printable.h"
#include "core/text.h"

namespace inkling {
namespace {

constexpr std::string_view kHeader =
    "epoch,learning_rate,train_loss,train_accuracy,validation_loss,validation_accuracy,seconds,images_per_second";
constexpr std::size_t kColumns = 8;

std::string cell(double value) { return std::isnan(value) ? "" : fmt::format("{:.8g}", value); }

/// Takes the text up to the next `end`, which goes too, from the front of `text`.
std::string_view take(std::string_view& text, char end) {
    const std::size_t length = std::min(text.find(end), text.size());
    const std::string_view taken = text.substr(0, length);
    text.remove_prefix(std::min(length + 1, text.size()));
    return taken;
}

/// An empty cell is NaN. Returns false where `text` is no number, or not a finite one.
bool parse_cell(std::string_view text, double& value) {
    value = std::numeric_limits<double>::quiet_NaN();
    if (text.empty()) return true;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
}

/// Returns false where the line is not one of history_csv().
bool parse_line(std::string_view line, std::array<double, kColumns>& values) {
    for (double& value : values)
        if (!parse_cell(take(line, ','), value)) return false;
    return line.empty();
}

}  // namespace

std::string history_csv(std::span<const EpochRecord> history) {
    std::string text = fmt::format("{}\n", kHeader);
    for (const EpochRecord& record : history)
        text += csv_line(std::array<std::string, kColumns>{
            std::to_string(record.epoch), cell(record.learning_rate), cell(record.train_loss),
            cell(record.train_accuracy), cell(record.validation_loss), cell(record.validation_accuracy),
            cell(record.seconds), cell(record.images_per_second)});
    return text;
}

std::vector<EpochRecord> parse_history(const std::string& csv, const std::string& source) {
    const std::string whole = plain_text(csv, source);
    std::string_view text = whole;
    if (take(text, '\n') != kHeader) throw bad_data("{}:1: expected the line \"{}\"", source, kHeader);
    std::vector<EpochRecord> history;
    while (!text.empty()) {
        const std::string_view line = take(text, '\n');
        const int epoch = static_cast<int>(history.size()) + 1;
        std::array<double, kColumns> values{};
        if (!parse_line(line, values) || values[0] != epoch || std::isnan(values[2]) || std::isnan(values[3]))
            throw bad_data("{}:{}: \"{}\", expected epoch {} and seven numbers", source, epoch + 1, printable(line),
                           epoch);
        history.push_back({.epoch = epoch,
                           .learning_rate = values[1],
                           .train_loss = values[2],
                           .train_accuracy = values[3],
                           .validation_loss = values[4],
                           .validation_accuracy = values[5],
                           .seconds = values[6],
                           .images_per_second = values[7]});
    }
    return history;
}

double total_seconds(std::span<const EpochRecord> history) {
    double seconds = 0;
    for (const EpochRecord& record : history) seconds += record.seconds;
    return seconds;
}

double mean_images_per_second(std::span<const EpochRecord> history) {
    double images = 0;
    for (const EpochRecord& record : history) images += record.images_per_second * record.seconds;
    const double seconds = total_seconds(history);
    return seconds > 0 ? images / seconds : 0;
}

}  // namespace inkling
