#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "bindings.h"
#include "core/cache_folder.h"
#include "core/error.h"
#include "data/dataset.h"
#include "data/folds.h"
#include "data/orientation.h"
#include "formats/find_data.h"
#include "formats/load_dataset.h"
#include "pictures/character.h"
#include "pictures/read_picture.h"

namespace inkling::python {
namespace {

constexpr std::int64_t kMostClasses = 256;  // that a byte tells apart

std::vector<std::string> number_names(std::int64_t count) {
    std::vector<std::string> names;
    for (std::int64_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
    return names;
}

void require_different(const std::vector<std::string>& class_names) {
    std::set<std::string_view> known;
    for (const std::string& name : class_names)
        if (!known.insert(name).second) throw wrong_usage("class {} is there twice, expected each name once", name);
}

using LabelArray = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

Dataset make_dataset(const ImageArray& images, const LabelArray& labels, std::vector<std::string> class_names,
                     const std::string& split) {
    const std::size_t count = images.shape(0);
    if (labels.shape(0) != count)
        throw wrong_usage("{} images, but {} labels; give one label for each image", count, labels.shape(0));
    if (images.shape(1) == 0 || images.shape(2) == 0) throw wrong_usage("images have no pixels");
    Dataset data{.split = split,
                 .shape = {1, static_cast<int>(images.shape(1)), static_cast<int>(images.shape(2))},
                 .images = {images.data(), images.data() + images.size()},
                 .labels = {},
                 .class_names = std::move(class_names),
                 .files = {}};
    const auto [least, most] = std::minmax_element(labels.data(), labels.data() + count);
    const bool any = count > 0;
    if (data.class_names.empty()) data.class_names = number_names(any ? std::clamp(*most + 1, 0L, kMostClasses) : 0);
    const auto classes = static_cast<std::int64_t>(data.class_names.size());
    if (classes > kMostClasses) throw wrong_usage("{} classes; {} are the most", classes, kMostClasses);
    require_different(data.class_names);
    if (any && (*least < 0 || *most >= classes))
        throw wrong_usage("labels reach from {} to {}, expected 0 to {}, one for each class", *least, *most,
                          classes - 1);
    data.labels.assign(labels.data(), labels.data() + count);
    return data;
}

Dataset load(const std::string& folder, const std::string& split, const std::string& part,
             const std::string& orientation) {
    if (part != part_name(Part::kTrain) && part != part_name(Part::kTest))
        throw wrong_usage("part is \"{}\", expected \"train\" or \"test\"", part);
    const FoundData found = find_data({.folder = folder, .split = split, .cache = cache_folder()});
    return load_dataset(found.folder, found.split, part == "test" ? Part::kTest : Part::kTrain,
                        find_orientation(orientation));
}

/// `chosen`: indices or a mask, in all forms that Python has for them.
std::vector<std::uint32_t> checked_indices(const Dataset& data, const nb::object& chosen) {
    const nb::object as_indices = nb::module_::import_("inkling.data").attr("as_indices");
    const auto indices = nb::cast<LabelArray>(as_indices(chosen, data.size()));
    std::vector<std::uint32_t> result;
    result.reserve(indices.shape(0));
    for (std::size_t i = 0; i < indices.shape(0); ++i) {
        const std::int64_t index = indices.data()[i];
        if (index < 0 || index >= static_cast<std::int64_t>(data.size()))
            throw nb::index_error("an index is beyond the images");
        result.push_back(static_cast<std::uint32_t>(index));
    }
    return result;
}

template <class T>
auto view_of(std::vector<T>& values, std::initializer_list<std::size_t> shape, nb::handle owner) {
    return nb::ndarray<nb::numpy, T>(values.data(), shape, owner);
}

nb::ndarray<nb::numpy, std::uint8_t> convert(const GreyPicture& picture) {
    const EmnistImage image = convert_picture(picture).pixels;
    return to_array(std::vector<std::uint8_t>(image.begin(), image.end()), {28, 28});
}

}  // namespace

void bind_data(nb::module_& module) {
    nb::class_<Dataset>(module, "Dataset")
        .def(
            "__init__",
            [](Dataset* self, const ImageArray& images, const LabelArray& labels, std::vector<std::string> class_names,
               const std::string& split) {
                new (self) Dataset(make_dataset(images, labels, std::move(class_names), split));
            },
            nb::arg("images"), nb::arg("labels"), nb::arg("class_names"), nb::arg("split"))
        .def("__len__", &Dataset::size)
        .def_prop_ro("images",
                     [](nb::handle self) {
                         auto& data = nb::cast<Dataset&>(self);
                         return view_of(data.images,
                                        {data.size(), static_cast<std::size_t>(data.shape.height),
                                         static_cast<std::size_t>(data.shape.width)},
                                        self);
                     })
        .def_prop_ro("labels",
                     [](nb::handle self) {
                         auto& data = nb::cast<Dataset&>(self);
                         return view_of(data.labels, {data.size()}, self);
                     })
        .def_prop_ro("writers",
                     [](nb::handle self) {
                         auto& data = nb::cast<Dataset&>(self);
                         return view_of(data.writers, {data.writers.size()}, self);
                     })
        .def_prop_ro("split", [](const Dataset& data) { return data.split; })
        .def_prop_ro("part", [](const Dataset& data) { return part_name(data.part); })
        .def_prop_ro("class_names", [](const Dataset& data) { return data.class_names; })
        .def_prop_ro("description", &describe_assumptions)
        .def(
            "subset",
            [](const Dataset& data, const nb::object& indices) { return subset(data, checked_indices(data, indices)); },
            nb::arg("indices"));
    module.def("load", &load, nb::arg("folder"), nb::arg("split"), nb::arg("part"), nb::arg("orientation"),
               nb::call_guard<nb::gil_scoped_release>());
    module.def("convert_file", [](const std::string& file) { return convert(read_picture(file)); });
    module.def("convert_grey",
               [](const nb::ndarray<const std::uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>& grey) {
                   constexpr std::size_t kMostSide = 1 << 14;
                   if (grey.size() == 0 || grey.shape(0) > kMostSide || grey.shape(1) > kMostSide)
                       throw wrong_usage("a picture of {} x {} pixels, expected 1 to {} on each side", grey.shape(1),
                                         grey.shape(0), kMostSide);
                   return convert({.width = static_cast<int>(grey.shape(1)),
                                   .height = static_cast<int>(grey.shape(0)),
                                   .pixels = {grey.data(), grey.data() + grey.size()}});
               });
}

}  // namespace inkling::python
