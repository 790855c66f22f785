#include "train/recipe.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bindings.h"
#include "cli/recipes.h"

namespace inkling::python {
namespace {

/// The file of a training recipe by its path or by its name, or the recipe itself, which has line ends.
Recipe make_recipe(const std::string& source, const std::vector<std::string>& overrides) {
    if (source.find('\n') != std::string::npos) return parse_recipe(source, "the recipe", overrides);
    return read_recipe(cli::find_recipe(source), overrides);
}

}  // namespace

void bind_recipe(nb::module_& module) {
    nb::class_<Recipe>(module, "Recipe")
        .def(
            "__init__",
            [](Recipe* self, const std::string& source, const std::vector<std::string>& overrides) {
                new (self) Recipe(make_recipe(source, overrides));
            },
            nb::arg("source"), nb::arg("overrides"))
        .def_prop_ro("name", [](const Recipe& recipe) { return recipe.name; })
        .def("to_toml", [](const Recipe& recipe) { return to_toml(recipe); });
    module.def("recipe_keys", &recipe_keys);
}

}  // namespace inkling::python
