#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "deploy/rounded_weights.h"
#include "train/model.h"
#include "train/run_folder.h"

namespace inkling::cli {

struct ExportOptions {
    std::vector<std::string> models;
    // The forms' files; empty: not asked for.
    std::string page;
    std::string onnx;
    std::string header;
    std::string c;
    std::string torch;
    std::string card;
    bool bytes = false;
    bool probabilities = false;
    bool fold = false;
    std::string weights = "auto";
    DataOptions data;
    RunOptions run;

    /// --weights; auto is what needs no test images: 8 bits on a page, 32 elsewhere.
    WeightFormat weight_format() const;
};

/// A trained network that is exported.
struct Exported {
    std::string path;
    Model model;
    std::optional<RunRecord> record = {};  // of a run's folder
};

/// Tests the networks with the weights that the page has for them, writes the page and says what came of it.
void export_page(std::span<const Exported> models, const ExportOptions& options);

/// Says that a file was written, and its size.
void print_written(const std::string& path);

}  // namespace inkling::cli
