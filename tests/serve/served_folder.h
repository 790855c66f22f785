#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/files.h"
#include "deploy/middle_model.h"
#include "serve/message.h"
#include "serve/models.h"
#include "temporary_folder.h"

namespace inkling::serve {

inline const std::vector<std::string> kNames = {"0", "7", "A", "b"};

/// A folder with a run "first" of middle_model(1) and a run "second" of middle_model(2).
class ServedFolder {
  public:
    ServedFolder() {
        save("first", 1);
        save("second", 2);
    }

    void save(const std::string& run, float slope) const {
        make_folder(folder_ / run);
        Model model = middle_model(slope, kNames);
        model.recipe.name = "middle";
        save_model(folder_ / run / "model.safetensors", model);
    }

    std::string path(const std::string& run) const { return (folder_ / run).string(); }
    std::vector<std::string> paths() const { return {path("first"), path("second")}; }

  private:
    TemporaryFolder folder_;
};

/// The probability of class 3 of middle_model(slope) where the pixel in the middle is full of ink.
inline double probability_of_b(double slope) {
    return 1 / (1 + std::exp(-slope) + std::exp(-2 * slope) + std::exp(-3 * slope));
}

/// A refusal's status and reason: "413 more than 2 images in a request"; empty, and a failure, where nothing is
/// refused.
template <class Action>
std::string refusal_of(Action&& action) {
    try {
        action();
    } catch (const Refusal& refusal) {
        return std::to_string(refusal.status()) + " " + refusal.what();
    }
    ADD_FAILURE() << "nothing was refused";
    return {};
}

}  // namespace inkling::serve
