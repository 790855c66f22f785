#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "core/error.h"
#include "nn/network.h"
#include "train/history.h"
#include "train/optimizer.h"
#include "train/schedule.h"

namespace inkling {

/// The epoch with the lowest validation loss so far and its weights; kept only where early stopping is on.
struct BestEpoch {
    int epoch = 0;  // from 1; 0: none yet
    double loss = std::numeric_limits<double>::infinity();
    std::vector<float> parameters;
    std::vector<float> statistics;
};

/// Everything that changes while a network is trained: what a checkpoint holds.
struct TrainingState {
    Network network;
    Optimizer optimizer;
    Schedule schedule;

    int epoch = 0;          // epochs finished
    std::int64_t step = 0;  // steps done in the epoch that runs now, and their sums:
    double loss_sum = 0;
    std::int64_t correct = 0;
    double seconds = 0;

    std::vector<EpochRecord> history = {};  // of the finished epochs
    BestEpoch best = {};
};

/// What must be the same for a training to go on, to the byte, from a checkpoint.
struct TrainingKey {
    std::string recipe;         // as TOML
    std::string data;           // one line for each thing that tells the samples apart
    std::string teachers = {};  // likewise, of the networks that it learns from
    int threads = 0;            // of each process
    int processes = 1;          // that share batches
    bool reproducible = false;
};

/// A checkpoint is of another training than the one that is to go on.
class OtherTraining : public Error {
  public:
    explicit OtherTraining(const std::string& message) : Error(ExitStatus::kUsage, message) {}
};

/// Writes the state to one file, so that it is there whole or not at all. Throws Error (failed).
void save_checkpoint(const std::filesystem::path& path, const TrainingKey& key, const TrainingState& state);

/// Brings `state`, made for the same training, to where the checkpoint was written. Returns what of this machine that
/// makes the last digits of results differ was otherwise there, as numeric_difference() says it, or how many processes
/// shared batches; mostly nothing. Throws OtherTraining, naming the difference, where the keys differ, but for the
/// number of several processes, and where sums are reproducible for that of threads and processes; Error (bad data)
/// where the file is damaged.
std::string load_checkpoint(const std::filesystem::path& path, const TrainingKey& key, TrainingState& state);

}  // namespace inkling
