#pragma once

#include <nlohmann/json_fwd.hpp>
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
    std::string quantize;  // "int8", or empty
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

/// A part of the data that the command line names, else of those that the run remembers.
Dataset load_part(const Exported& exported, const ExportOptions& options, Part part);

/// The test part to measure by, or why there is none.
struct TestPart {
    std::optional<Dataset> data;
    std::string untested = {};
};

/// None where nobody named data and the run left its test part unread or its data are gone.
TestPart find_test_part(const Exported& exported, const ExportOptions& options);

/// Tests the networks with the weights that the page has for them, writes the page and says what came of it.
void export_page(std::span<const Exported> models, const ExportOptions& options);

/// Writes the network as ONNX, quantized where that is asked for, and says what came of it.
void export_onnx(std::span<const Exported> models, const ExportOptions& options);

/// Writes the card of a run's network. Throws Error (wrong usage) where it is no run's.
void write_card(const Exported& exported, const std::string& file);

/// What --json says of a form that is one file of one network.
nlohmann::ordered_json file_json(const char* form, const std::string& file, const Exported& exported);

/// Says that a file was written, and its size.
void print_written(const std::string& path);

}  // namespace inkling::cli
