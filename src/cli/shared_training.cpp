#include "cli/shared_training.h"

#include <fmt/format.h>

#include <sstream>

#include "core/error.h"
#include "core/hash.h"
#include "nn/processor.h"

namespace inkling::cli {

std::string what_numbers_depend_on(const TrainPlan& plan, const TrainSamples& samples) {
    const RunRecord record = make_record(plan, samples);
    std::string text =
        fmt::format("inkling {}\ninstruction set {}\noneDNN {}\ninstructions for bf16 {}\n", record.environment.inkling,
                    record.environment.instruction_set, record.environment.onednn,
                    runs_natively(Precision::kBfloat16) ? "there" : "missing");
    const auto add_samples = [&](const char* what, const std::vector<std::uint32_t>& indices) {
        text += fmt::format("{} images {} with sha256 {}\n", indices.size(), what,
                            sha256(std::as_bytes(std::span(indices))));
    };
    for (const DataFile& file : record.files) text += fmt::format("{} with sha256 {}\n", file.name, file.sha256);
    add_samples("to learn from", samples.holdout.train);
    add_samples("held out", samples.holdout.validation);
    for (const DataFile& teacher : record.teachers)
        text += fmt::format("teacher {} with sha256 {}\n", teacher.name, teacher.sha256);
    if (!plan.init_from.empty()) text += fmt::format("first weights with sha256 {}\n", record.init_sha256);
    return text + to_toml(plan.recipe);
}

void require_same_numbers(const std::string& own, const std::string& of_rank_0) {
    std::istringstream own_lines(own);
    std::istringstream other_lines(of_rank_0);
    std::string own_line;
    std::string other_line;
    while (own_line == other_line && (own_lines || other_lines)) {
        if (!std::getline(own_lines, own_line)) own_line.clear();
        if (!std::getline(other_lines, other_line)) other_line.clear();
    }
    if (own_line == other_line) return;
    throw bad_data(
        "here \"{}\", but for rank 0 \"{}\"; give all machines the same program, command and files, and INKLING_ISA=v3 "
        "where only some have AVX-512",
        own_line, other_line);
}

}  // namespace inkling::cli
