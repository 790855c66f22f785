#pragma once

#include <string>

namespace inkling::cli {

/// What somebody may mean who gives an option that there is not: "--set training.label_smoothing=0.1" for
/// "--label-smoothing" and "0.1". A key of a recipe is meant where the option's name is its name; or the end of it, as
/// "--dropout" of conv_dropout, unless that very name stands in other sections only; or its section's where the key is
/// `kind`. Several are joined by "or". Empty where none is.
std::string set_hint(const std::string& option, const std::string& value);

}  // namespace inkling::cli
