#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "train/confident_learning.h"
#include "train/pair_errors.h"

namespace inkling {

/// One of the networks that an audit's images are read by.
struct AuditNetwork {
    std::string recipe;  // its name
    std::uint64_t seed = 0;
    double accuracy = 0;  // on the images that it did not learn
};

/// What an audit of a training part's labels found.
struct LabelAudit {
    std::vector<AuditNetwork> networks;
    int folds = 0;
    std::uint64_t seed = 0;  // of the folds
    double doubt = 0;        // see learn_confidently()
    double accuracy = 0;     // of the networks together
    ConfidentLabels labels;
    std::vector<PairErrors> pairs;
};

/// Judges labels by what networks read that did not learn the image. The caller adds the rest.
LabelAudit audit_labels(const Readings& readings, const Dataset& data, double doubt);

/// The audit for machines.
nlohmann::ordered_json audit_json(const LabelAudit& audit, const Dataset& data);

/// The doubted labels as CSV, the worst first; read_excluded_images() reads it.
std::string doubts_csv(const LabelAudit& audit, const Dataset& data);

/// Writes labels.csv, labels.png, the worst of them as pictures, and audit.json; without doubts no picture. Returns the
/// files' paths. Throws Error (failed).
std::vector<std::filesystem::path> save_audit(const std::filesystem::path& folder, const LabelAudit& audit,
                                              const Dataset& data);

}  // namespace inkling
