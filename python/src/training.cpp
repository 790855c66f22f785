#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <cmath>

#include "bindings.h"
#include "core/error.h"
#include "train/run_folder.h"
#include "train/trainer.h"
#include "train/training_checks.h"
#include "train/transfer.h"

namespace inkling::python {
namespace {

using EpochDict = nb::typed<nb::dict, nb::str, double>;

EpochDict to_dict(const EpochRecord& record) {
    nb::dict line;
    line["epoch"] = record.epoch;
    line["learning_rate"] = record.learning_rate;
    line["train_loss"] = record.train_loss;
    line["train_accuracy"] = record.train_accuracy;
    if (!std::isnan(record.validation_loss)) {
        line["validation_loss"] = record.validation_loss;
        line["validation_accuracy"] = record.validation_accuracy;
    }
    line["seconds"] = record.seconds;
    line["images_per_second"] = record.images_per_second;
    return line;
}

nb::typed<nb::list, EpochDict> to_list(std::span<const EpochRecord> history) {
    nb::list lines;
    for (const EpochRecord& record : history) lines.append(to_dict(record));
    return lines;
}

const char* outcome_name(Outcome outcome) {
    switch (outcome) {
        case Outcome::kFinished:
            return "finished";
        case Outcome::kStoppedEarly:
            return "stopped early";
        case Outcome::kInterrupted:
            return "stopped by callback";
    }
    return "";
}

/// Trains while Python may run. `on_epoch` hears each epoch and stops the training by returning True.
TrainingResult train_watched(const Recipe& asked, const Dataset& data, const nb::object& on_epoch,
                             const std::optional<Model>& init_from, int threads) {
    if (data.size() == 0) throw bad_data("split {}: no images, expected one at least", data.split);
    Recipe recipe = asked;
    recipe.network.input = data.shape;
    const Holdout holdout = run_holdout(recipe, data, 0);
    check_training(recipe, data, holdout);
    recipe.training.precision = settled_precision(recipe, data.classes());
    bool stopped = false;
    SignalWatch watch;
    TrainerOptions options{.on_epoch =
                               [&](std::span<const EpochRecord> history) {
                                   const nb::gil_scoped_acquire held;
                                   if (on_epoch.is_none()) return;
                                   const nb::object answer = on_epoch(to_dict(history.back()));
                                   stopped = nb::isinstance<nb::bool_>(answer) && nb::cast<bool>(answer);
                               },
                           .stop =
                               [&] {
                                   watch.check();
                                   return stopped;
                               }};
    if (init_from) options.on_initialized = [&](Network& network) { start_from(network, *init_from, "init_from"); };
    const nb::gil_scoped_release released;
    const WithThreads with(threads);
    return train(recipe, data, holdout, options);
}

}  // namespace

void bind_training(nb::module_& module) {
    nb::class_<TrainingResult>(module, "Training")
        .def_prop_ro("model", [](const TrainingResult& result) { return result.model; })
        .def_prop_ro("history", [](const TrainingResult& result) { return to_list(result.history); })
        .def_prop_ro("outcome", [](const TrainingResult& result) { return outcome_name(result.outcome); })
        .def_ro("best_epoch", &TrainingResult::best_epoch);
    module.def("train", &train_watched, nb::arg("recipe"), nb::arg("data"), nb::arg("on_epoch").none(),
               nb::arg("init_from").none(), nb::arg("threads"));
}

}  // namespace inkling::python
