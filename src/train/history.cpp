#include "train/history.h"

#include <fmt/format.h>

#include <cmath>

namespace inkling {
namespace {

std::string cell(double value) { return std::isnan(value) ? "" : fmt::format("{:.8g}", value); }

}  // namespace

std::string history_csv(std::span<const EpochRecord> history) {
    std::string text =
        "epoch,learning_rate,train_loss,train_accuracy,validation_loss,validation_accuracy,seconds,images_per_second\n";
    for (const EpochRecord& record : history)
        text += fmt::format("{},{},{},{},{},{},{},{}\n", record.epoch, cell(record.learning_rate),
                            cell(record.train_loss), cell(record.train_accuracy), cell(record.validation_loss),
                            cell(record.validation_accuracy), cell(record.seconds), cell(record.images_per_second));
    return text;
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
