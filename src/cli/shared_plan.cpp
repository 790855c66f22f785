#include "cli/shared_plan.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "core/path_text.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::size_t kMostPlan = std::size_t{1} << 24;
constexpr std::size_t kMostWord = 4096;

ordered_json to_json(const std::vector<DataFile>& files) {
    ordered_json list = ordered_json::array();
    for (const DataFile& file : files) list.push_back({file.name, file.sha256});
    return list;
}

std::vector<DataFile> read_files(const ordered_json& list) {
    std::vector<DataFile> files;
    for (const auto& file : list) files.push_back({.name = file.at(0), .sha256 = file.at(1)});
    return files;
}

std::string to_text(const SharedPlan& plan) {
    return ordered_json{{"folder", path_text(fs::absolute(plan.folder.path))},
                        {"recipe", to_toml(plan.recipe)},
                        {"budget", plan.recipe.budget},
                        {"data", plan.data_folder.empty() ? "" : path_text(fs::absolute(plan.data_folder))},
                        {"split", plan.split},
                        {"stored", plan.stored ? orientation_name(*plan.stored) : ""},
                        {"files", to_json(plan.files)},
                        {"teachers", to_json(plan.teachers)},
                        {"threads", plan.threads},
                        {"automatic", static_cast<int>(plan.needs.automatic)},
                        {"bfloat16", plan.needs.bfloat16},
                        {"environment", to_json(plan.environment)}}
        .dump();
}

SharedPlan parse_plan(const std::string& text) {
    try {
        const auto json = ordered_json::parse(text);
        SharedPlan plan;
        plan.folder.path = path_from_text(json.at("folder"));
        plan.data_folder = path_from_text(json.at("data"));
        plan.split = json.at("split");
        plan.stored = find_orientation(json.at("stored").get<std::string>());
        plan.threads = std::clamp(json.at("threads").get<int>(), 1, 1024);
        plan.needs = {.automatic = static_cast<PrecisionChoice>(json.at("automatic").get<int>()),
                      .bfloat16 = json.at("bfloat16")};
        plan.environment = read_environment(json.at("environment"));
        plan.recipe = kept_recipe(plan.folder, json.at("recipe"), json.at("budget"));
        plan.files = read_files(json.at("files"));
        plan.teachers = read_files(json.at("teachers"));
        return plan;
    } catch (const nlohmann::json::exception&) {
        throw failed("rank 0 tells of a study what is none; start the same program everywhere");
    }
}

/// On rank 0 the words of all that say something, each once; nothing elsewhere.
std::vector<std::string> gather_each_once(Group& group, const std::string& word) {
    std::vector<std::string> words;
    for (const std::string& said : group.gather(word, kMostWord))
        if (!said.empty() && std::find(words.begin(), words.end(), said) == words.end()) words.push_back(said);
    return words;
}

}  // namespace

SharedPlan share_plan(Group& group, const SharedPlan& plan) {
    const std::string text = group.broadcast(group.rank() == 0 ? to_text(plan) : "", kMostPlan);
    return group.rank() == 0 ? plan : parse_plan(text);
}

FolderSight see_folder(Group& group, const StudyFolder& folder) {
    const std::string token = group.broadcast(fmt::format("{}-{}", host_name(), ::getpid()), kMostWord);
    const fs::path probe = folder.path / (".seen-by-all-" + token);
    if (group.rank() == 0) write_file(probe, token);
    group.barrier();
    std::error_code ignored;
    FolderSight sight{.here = fs::exists(probe, ignored)};
    sight.blind = gather_each_once(group, sight.here ? "" : host_name());
    if (group.rank() == 0) fs::remove(probe, ignored);
    return sight;
}

std::vector<std::string> differing_machines(Group& group, const Environment& of_rank_0) {
    return gather_each_once(group, numeric_difference(of_rank_0, this_environment(of_rank_0.inkling)));
}

std::vector<int> gather_threads(Group& group, int threads) {
    std::vector<int> all;
    for (const std::string& text : group.gather(std::to_string(threads), kMostWord))
        all.push_back(std::atoi(text.c_str()));
    return all;
}

}  // namespace inkling::cli
