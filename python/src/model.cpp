#include "train/model.h"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <nlohmann/json.hpp>

#include "bindings.h"
#include "core/error.h"
#include "data/augmentation.h"
#include "reader.h"
#include "train/conformal.h"
#include "train/evaluate.h"
#include "train/metrics_json.h"
#include "train/transfer.h"

namespace inkling::python {
namespace {

void require_shape(const Model& model, const Shape& shape) {
    const Shape& input = model.recipe.network.input;
    if (shape.height != input.height || shape.width != input.width)
        throw wrong_usage("images of {} x {} pixels, but the network reads {} x {}", shape.height, shape.width,
                          input.height, input.width);
}

void require_views(int views) {
    if (views < 1 || views > static_cast<int>(kViews.size()))
        throw wrong_usage("views is {}, expected 1 to {}", views, kViews.size());
}

/// What the model makes of `data`, while Python may run.
Evaluation judge(const Model& model, const Dataset& data, int views, int threads) {
    if (data.size() == 0) throw bad_data("split {}: no images, expected one at least", data.split);
    require_shape(model, data.shape);
    require_views(views);
    SignalWatch watch;
    const nb::gil_scoped_release released;
    const WithThreads with(threads);
    return evaluate(std::span(&model, 1), data, {.views = views, .on_progress = [&](std::size_t) { watch.check(); }});
}

std::vector<float> read_few(Reader& reader, std::span<const std::uint8_t> images, int threads) {
    const nb::gil_scoped_release released;
    const WithThreads with(threads);
    return reader.probabilities(images);
}

nb::ndarray<nb::numpy, float> predict_proba(Reader& reader, const ImageArray& images, int views, int threads) {
    const Model& model = reader.model();
    const std::size_t count = images.shape(0);
    const Shape shape = {1, static_cast<int>(images.shape(1)), static_cast<int>(images.shape(2))};
    const std::span bytes(images.data(), images.size());
    const auto classes = static_cast<std::size_t>(model.classes());
    require_shape(model, shape);
    require_views(views);
    if (count == 0) return to_array(std::vector<float>(), {0, classes});
    if (views == 1 && count <= Reader::kMost) return to_array(read_few(reader, bytes, threads), {count, classes});
    const Dataset data{.split = model.split,
                       .shape = shape,
                       .images = {bytes.begin(), bytes.end()},
                       .labels = std::vector<std::uint8_t>(count),
                       .class_names = model.class_names,
                       .files = {}};
    return to_array(judge(model, data, views, threads).probabilities, {count, classes});
}

std::vector<std::pair<double, double>> sets_of(const Model& model) {
    std::vector<std::pair<double, double>> result;
    for (const ConformalSets& sets : model.sets) result.emplace_back(sets.coverage, sets.least_probability);
    return result;
}

}  // namespace

void bind_model(nb::module_& module) {
    nb::class_<Model>(module, "Model")
        .def_prop_ro("class_names", [](const Model& model) { return model.class_names; })
        .def_prop_ro("parameters", [](const Model& model) { return model.parameters.size(); })
        .def_prop_ro("input_shape",
                     [](const Model& model) {
                         const Shape& input = model.recipe.network.input;
                         return std::pair(input.height, input.width);
                     })
        .def_prop_ro("sets", &sets_of)
        .def("save", [](const Model& model, const std::string& path) { save_model(path, model); })
        .def(
            "evaluate",
            [](const Model& model, const Dataset& data, int views, int threads) {
                return to_json(judge(model, data, views, threads).metrics, model.class_names).dump();
            },
            nb::arg("data"), nb::arg("views"), nb::arg("threads"));
    nb::class_<Reader>(module, "Reader")
        .def(nb::init<const Model&>(), nb::arg("model"), nb::keep_alive<1, 2>())
        .def("predict_proba", &predict_proba, nb::arg("images"), nb::arg("views"), nb::arg("threads"));
    module.def("load_model", [](const std::string& path) { return load_model(weights_file(path)); });
}

}  // namespace inkling::python
