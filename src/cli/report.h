#pragma once

#include <string>
#include <vector>

#include "cli/commands.h"

namespace inkling::cli {

/// What a report is about, and where it goes.
struct ReportCommand {
    std::vector<std::string> paths;  // of a study, or of finished runs
    std::string out = {};            // folder; empty: beside what it is about
    DataOptions data = {};
    RunOptions run = {};
    bool within_study = false;  // which has claimed the folder, and printed already what was guessed of the data
};

/// Tests the networks and writes report.html and report.json.
void write_report(const ReportCommand& command);

}  // namespace inkling::cli
