#include "train/checkpoint.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "core/error.h"
#include "core/files.h"
#include "nn/processor.h"
#include "nn/safetensors.h"
#include "train/environment.h"

namespace inkling {
namespace {

constexpr const char* kFormat = "inkling checkpoint 1";
constexpr std::size_t kHistoryColumns = 7;

/// The state's whole numbers, in the file's order.
using Counts = std::array<std::int64_t, 7>;
Counts counts_of(const TrainingState& state) {
    const PlateauState& plateau = state.schedule.plateau();
    return {state.epoch,        state.step,       state.correct,   state.optimizer.steps(),
            plateau.bad_epochs, plateau.cooldown, state.best.epoch};
}

/// Its other single numbers.
using Sums = std::array<double, 5>;
Sums sums_of(const TrainingState& state) {
    const PlateauState& plateau = state.schedule.plateau();
    return {state.loss_sum, state.seconds, plateau.factor, plateau.best_loss, state.best.loss};
}

void set(TrainingState& state, const Counts& counts, const Sums& sums) {
    state.epoch = static_cast<int>(counts[0]);
    state.step = counts[1];
    state.correct = counts[2];
    state.optimizer.restore_steps(counts[3]);
    state.best.epoch = static_cast<int>(counts[6]);
    state.loss_sum = sums[0];
    state.seconds = sums[1];
    state.best.loss = sums[4];
    state.schedule.restore({.factor = sums[2],
                            .best_loss = sums[3],
                            .bad_epochs = static_cast<int>(counts[4]),
                            .cooldown = static_cast<int>(counts[5])});
}

std::vector<double> history_values(const std::vector<EpochRecord>& history) {
    std::vector<double> values;
    for (const EpochRecord& record : history)
        values.insert(values.end(),
                      {record.learning_rate, record.train_loss, record.train_accuracy, record.validation_loss,
                       record.validation_accuracy, record.seconds, record.images_per_second});
    return values;
}

std::vector<EpochRecord> history_from(std::span<const double> values) {
    std::vector<EpochRecord> history;
    for (std::size_t i = 0; i < values.size(); i += kHistoryColumns) {
        const auto row = values.subspan(i, kHistoryColumns);
        history.push_back({.epoch = static_cast<int>(history.size()) + 1,
                           .learning_rate = row[0],
                           .train_loss = row[1],
                           .train_accuracy = row[2],
                           .validation_loss = row[3],
                           .validation_accuracy = row[4],
                           .seconds = row[5],
                           .images_per_second = row[6]});
    }
    return history;
}

/// Throws OtherTraining with the first line in which the two texts differ.
void check_same(const std::string& what, const std::string& now, const std::string& then,
                const std::filesystem::path& path) {
    if (now == then) return;
    std::istringstream now_lines(now);
    std::istringstream then_lines(then);
    std::string now_line;
    std::string then_line;
    while (now_line == then_line && (now_lines || then_lines)) {
        if (!std::getline(now_lines, now_line)) now_line = "nothing";
        if (!std::getline(then_lines, then_line)) then_line = "nothing";
    }
    throw OtherTraining(
        fmt::format("{}: cannot resume with another {}: now \"{}\", in the checkpoint \"{}\"; start a new run instead",
                    path.string(), what, now_line, then_line));
}

/// Bytes of values that the checkpoint of a training has at most.
std::uint64_t most_bytes(const TrainingState& state) {
    constexpr std::uint64_t kMostEpochs = 100'000;  // of a recipe
    const std::uint64_t weights = state.network.parameters().size() + state.network.statistics().size();
    const std::uint64_t floats =
        2 * weights + state.network.optimizer_state().size();  // the network's now, and at its best
    const std::uint64_t numbers = std::tuple_size_v<Counts> + std::tuple_size_v<Sums> +
                                  state.optimizer.scalars().size() + kMostEpochs * kHistoryColumns;
    return floats * sizeof(float) + numbers * sizeof(double);
}

/// What a checkpoint need not name; older ones do not.
std::string named(const SafetensorsMetadata& metadata, const char* key) {
    const auto found = metadata.find(key);
    return found == metadata.end() ? std::string() : found->second;
}

constexpr const char* kReproducible = "any number of threads";
constexpr const char* kProcesses = " processes";

/// What makes sums over a batch, as far as their bytes depend on it.
std::string workers_text(const TrainingKey& key) {
    if (key.reproducible) return kReproducible;
    return key.processes > 1 ? fmt::format("{}{}", key.processes, kProcesses) : fmt::format("{} threads", key.threads);
}

/// Several processes' sums are no function of their number alone, so that nothing is lost by another.
bool may_differ(const std::string& now, const std::string& then) {
    return now != kReproducible && then != kReproducible && (now.ends_with(kProcesses) || then.ends_with(kProcesses));
}

void check_key(const SafetensorsMetadata& metadata, const TrainingKey& key, const std::filesystem::path& path) {
    const auto text = [&](const char* name) { return value_of(metadata, name, path.string()); };
    if (text("format") != kFormat)
        throw bad_data("{}: format \"{}\", expected \"{}\"", path.string(), text("format"), kFormat);
    check_same("recipe", key.recipe, text("recipe"), path);
    check_same("data set", key.data, text("data"), path);
    check_same("teacher", key.teachers, named(metadata, "teachers"), path);
    if (!may_differ(workers_text(key), text("threads")))
        check_same("number of threads", workers_text(key), text("threads"), path);
}

/// As much of it as a checkpoint names.
Environment environment_of(const Safetensors& file) {
    return {.onednn = named(file.metadata(), "onednn"), .instruction_set = named(file.metadata(), "instruction_set")};
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const TrainingKey& key, const TrainingState& state) {
    const Counts counts = counts_of(state);
    const Sums sums = sums_of(state);
    const std::vector<double> history = history_values(state.history);
    std::vector<NamedTensor> tensors = {
        {"counts", {counts.size()}, std::span<const std::int64_t>(counts)},
        {"sums", {sums.size()}, std::span<const double>(sums)},
        {"history", {state.history.size(), kHistoryColumns}, std::span<const double>(history)},
        {"optimizer.scalars", {state.optimizer.scalars().size()}, state.optimizer.scalars()},
    };
    const auto add = [&](const char* name, std::span<const float> values) {
        tensors.push_back({name, {values.size()}, values});
    };
    add("parameters", state.network.parameters());
    add("statistics", state.network.statistics());
    add("optimizer.state", state.network.optimizer_state());
    add("best.parameters", state.best.parameters);
    add("best.statistics", state.best.statistics);
    SafetensorsMetadata metadata = {{"format", kFormat},
                                    {"recipe", key.recipe},
                                    {"data", key.data},
                                    {"threads", workers_text(key)},
                                    {"instruction_set", instruction_set_name(instruction_set())},
                                    {"onednn", onednn_version()}};
    if (!key.teachers.empty()) metadata["teachers"] = key.teachers;
    write_file(path, encode_safetensors(tensors, metadata));
}

std::string load_checkpoint(const std::filesystem::path& path, const TrainingKey& key, TrainingState& state) {
    const Safetensors file = read_safetensors(path, [&](const SafetensorsMetadata& metadata) {
        check_key(metadata, key, path);
        return most_bytes(state);
    });
    Counts counts{};
    Sums sums{};
    file.read("counts", std::span<std::int64_t>(counts));
    file.read("sums", std::span<double>(sums));
    if (std::any_of(counts.begin(), counts.end(), [](std::int64_t count) { return count < 0; }) ||
        file.shape("history") != std::vector{static_cast<std::size_t>(counts[0]), kHistoryColumns} ||
        counts[6] > counts[0])
        throw bad_data("{}: its counts contradict each other; the checkpoint is damaged", path.string());
    set(state, counts, sums);

    std::vector<double> history(state.epoch * kHistoryColumns);
    file.read("history", history);
    state.history = history_from(history);
    file.read("parameters", state.network.parameters());
    file.read("statistics", state.network.statistics());
    file.read("optimizer.state", state.network.optimizer_state());
    file.read("optimizer.scalars", state.optimizer.scalars());
    if (state.best.epoch > 0) {
        state.best.parameters.resize(state.network.parameters().size());
        state.best.statistics.resize(state.network.statistics().size());
        file.read("best.parameters", state.best.parameters);
        file.read("best.statistics", state.best.statistics);
    }
    state.network.parameters_changed();
    std::string difference = numeric_difference(
        environment_of(file), {.onednn = onednn_version(), .instruction_set = instruction_set_name(instruction_set())});
    if (const std::string now = workers_text(key), then = named(file.metadata(), "threads"); now != then)
        difference += fmt::format("{}{}, now {}", difference.empty() ? "" : "; ", then, now);
    return difference;
}

}  // namespace inkling
