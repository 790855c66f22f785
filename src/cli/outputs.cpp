#include "cli/outputs.h"

#include "core/error.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;

/// Though it may not be there.
fs::path whole(const fs::path& path) {
    std::error_code error;
    const fs::path found = fs::weakly_canonical(fs::absolute(path), error);
    return error ? fs::absolute(path).lexically_normal() : found;
}

bool are_one_file(const fs::path& a, const fs::path& b) {
    std::error_code error;
    return fs::equivalent(a, b, error) || whole(a) == whole(b);
}

}  // namespace

std::vector<fs::path> files_of(const RunFolder& run) {
    return {run.record(),  run.recipe(),     run.history(),  run.model(),
            run.metrics(), run.checkpoint(), run.excluded(), run.predictions()};
}

std::vector<fs::path> files_of_network(const std::string& path) {
    std::error_code error;
    if (!fs::is_directory(path, error)) return {path};
    return files_of(RunFolder{path});
}

void check_outputs(const std::vector<Output>& outputs, std::span<const fs::path> inputs) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        const auto& [option, path] = outputs[i];
        if (path.empty()) continue;
        for (const fs::path& input : inputs)
            if (!input.empty() && are_one_file(path, input))
                throw wrong_usage("{} {}: would overwrite what this command reads or writes; name another file", option,
                                  path);
        for (std::size_t other = 0; other < i; ++other)
            if (!outputs[other].path.empty() && are_one_file(path, outputs[other].path))
                throw wrong_usage("{} {}: the file of {} too; name two", option, path, outputs[other].option);
    }
}

}  // namespace inkling::cli
