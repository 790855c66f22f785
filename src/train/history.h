#pragma once

#include <span>
#include <string>
#include <vector>

namespace inkling {

/// What one epoch came to: a line of history.csv.
struct EpochRecord {
    int epoch = 0;               // from 1
    double learning_rate = 0;    // of its last step
    double train_loss = 0;       // mean over its steps, while the weights changed, label smoothing included
    double train_accuracy = 0;   // likewise
    double validation_loss = 0;  // at its end, without label smoothing; NaN where nothing is held out
    double validation_accuracy = 0;
    double seconds = 0;  // of its steps, without validation and checkpoints
    double images_per_second = 0;
};

/// A table with a header line; a value that is NaN is left empty.
std::string history_csv(std::span<const EpochRecord> history);

/// Reads what history_csv() wrote. `source` names it in messages. Throws Error (bad data) naming the line.
std::vector<EpochRecord> parse_history(const std::string& csv, const std::string& source);

/// Seconds of all epochs together, and the images a second over all of them; 0 where there are none.
double total_seconds(std::span<const EpochRecord> history);
double mean_images_per_second(std::span<const EpochRecord> history);

}  // namespace inkling
