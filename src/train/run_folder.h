#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "train/environment.h"
#include "train/evaluate.h"
#include "train/metrics.h"
#include "train/trainer.h"

namespace inkling {

/// A run's folder: where each of its files lies.
struct RunFolder {
    std::filesystem::path path;

    std::filesystem::path record() const { return path / "record.json"; }   // how it began: RunRecord
    std::filesystem::path recipe() const { return path / "recipe.toml"; }   // every value that applies
    std::filesystem::path history() const { return path / "history.csv"; }  // a line each epoch
    std::filesystem::path checkpoint() const { return path / "checkpoint" / "state.safetensors"; }
    std::filesystem::path model() const { return path / "model.safetensors"; }  // the trained network
    std::filesystem::path metrics() const { return path / "metrics.json"; }     // written last: the run is finished
    std::filesystem::path excluded() const { return path / "excluded.csv"; }    // images that it does not learn from
    std::filesystem::path predictions() const { return path / "predictions.csv"; }  // by write_predictions()
};

/// What a finished run is judged by. Only kTest reads the test part.
enum class JudgedBy { kTest, kValidation, kNothing };

/// What a run began with: all that is needed to repeat it, and to know where it ran.
struct RunRecord {
    std::string recipe;  // its name
    std::uint64_t seed = 0;
    int threads = 0;
    std::string split;
    std::filesystem::path data;  // folder of the data set, by recorded_folder()
    std::vector<DataFile> files;
    Environment environment;
    std::size_t per_class = 0;               // images of each class that it learned from, at most; 0: all
    std::filesystem::path init_from = {};    // file of the weights that it began with; empty: drawn at random
    std::string init_sha256 = {};            // that file's
    std::optional<Orientation> stored = {};  // how its data's files store images; empty: in memory, or not recorded
    JudgedBy judged_by = JudgedBy::kTest;
    std::vector<DataFile> teachers = {};       // that it learns from, by teacher_files()
    std::vector<std::uint32_t> excluded = {};  // images that it did not learn from, in rising order
    int processes = 1;                         // that shared batches, of so many threads each
    bool reproducible = false;                 // whether neither number matters
};

/// Which samples of the training part a run learns from, and which it holds out: functions of its recipe, the images of
/// each class that it learns from at most (0: all), and those that it is not to learn from. Throws Error as
/// without_excluded() does.
Holdout run_holdout(const Recipe& recipe, const Dataset& data, std::size_t per_class,
                    std::span<const std::uint32_t> excluded = {});

/// A data set's folder as records keep it: absolute; empty for images that were made in memory.
std::filesystem::path recorded_folder(const std::filesystem::path& folder);

/// What came of a finished run.
struct RunSummary {
    double seconds = 0;  // of its training steps
    double images_per_second = 0;
    int epochs = 0;      // that ran
    int best_epoch = 0;  // the one whose weights the model has, from 1
    bool stopped_early = false;
    bool validated = false;  // whether samples were held out
};

/// Makes the folder and writes recipe, record and, where there are some, the list of excluded images. Throws Error:
/// wrong usage if there is a run already that is finished or can be resumed; failed.
void begin_run(const RunFolder& run, const Recipe& recipe, const RunRecord& record);

/// Writes history, model and metrics; `judged`, if anything, is what `by` came to. Throws Error (failed).
void finish_run(const RunFolder& run, const TrainingResult& result, const std::optional<Metrics>& judged,
                JudgedBy by = JudgedBy::kTest);

/// Writes what each image of `part` was read as to predictions.csv.
void write_predictions(const RunFolder& run, const Evaluation& evaluation, const Dataset& part);

/// Adds the result of a test to a finished run that was written without: what each image was read as to
/// predictions.csv, the rest to metrics.json, and the files of `test` to the record. Throws Error (failed, bad data).
void add_test(const RunFolder& run, const Evaluation& evaluation, const Dataset& test);

/// Which test images a run reads right, 1 or 0 each, by its predictions.csv; empty where it has none. Throws Error (bad
/// data) where that is damaged.
std::vector<std::uint8_t> read_right(const RunFolder& run);

/// Throws Error (bad data), saying what to do, if the folder holds no run, or its list of excluded images is not the
/// one that it began with.
RunRecord read_record(const RunFolder& run);

/// Throws Error (bad data), saying what to do, if the folder holds no run, or none that is finished.
void check_finished(const RunFolder& run);
RunSummary read_summary(const RunFolder& run);

}  // namespace inkling
