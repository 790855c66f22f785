// What a study is, and whether it is the one that was begun.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/error.h"
#include "study/store.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

ordered_json to_json(const std::vector<DataFile>& files) {
    auto json = ordered_json::object();
    for (const DataFile& file : files) json[file.name] = file.sha256;
    return json;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

/// "'folds = 3', now 'folds = 4'" for the first line that differs, and how many more do.
std::string difference(const std::string& before, const std::string& after) {
    const std::vector<std::string> old_lines = lines_of(before);
    const std::vector<std::string> new_lines = lines_of(after);
    const auto line = [](const std::vector<std::string>& lines, std::size_t i) {
        return i < lines.size() ? fmt::format("'{}'", lines[i]) : std::string("nothing");
    };
    const std::size_t count = std::max(old_lines.size(), new_lines.size());
    for (std::size_t i = 0; i < count; ++i)
        if (line(old_lines, i) != line(new_lines, i))
            return fmt::format("line {} was {} and is now {}", i + 1, line(old_lines, i), line(new_lines, i));
    return "nothing differs";
}

Error no_study() { return bad_data("the store holds no study; start one with 'inkling study'"); }

}  // namespace

bool Store::begun() { return database_.prepare("SELECT id FROM studies").step(); }

void Store::begin(const StudyRecord& record, const StudyOrigin& origin) {
    Transaction transaction(database_);
    if (begun()) {
        const StudyRecord before = this->record();
        if (before.recipe != record.recipe)
            throw wrong_usage(
                "this study was begun with another recipe or budget: {}; take another folder with --out, or remove it",
                difference(before.recipe, record.recipe));
        const std::string old_files = to_json(before.files).dump(0);
        const std::string new_files = to_json(record.files).dump(0);
        if (before.split != record.split || old_files != new_files)
            throw wrong_usage("this study was begun with other data: {}; take another folder with --out, or remove it",
                              before.split != record.split ? fmt::format("split {}, now {}", before.split, record.split)
                                                           : difference(old_files, new_files));
        if (before.threads != record.threads)
            throw wrong_usage("this study was begun with {} threads a training, now {}; their results differ",
                              before.threads, record.threads);
        return;
    }
    database_
        .prepare(
            "INSERT INTO studies (id, recipe, split, files, threads, data, environment, begun, budget) "
            "VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(0, record.recipe)
        .bind(1, record.split)
        .bind(2, to_json(record.files).dump())
        .bind(3, std::int64_t{record.threads})
        .bind(4, origin.data.string())
        .bind(5, to_json(origin.environment).dump())
        .bind(6, origin.begun)
        .bind(7, record.budget)
        .run();
    transaction.commit();
}

StudyRecord Store::record() {
    Statement row = database_.prepare("SELECT recipe, split, files, threads, budget FROM studies");
    if (!row.step()) throw no_study();
    StudyRecord record{.recipe = row.text(0), .budget = row.text(4), .split = row.text(1), .files = {}, .threads = 1};
    record.threads = static_cast<int>(std::clamp<std::int64_t>(row.integer(3), 1, 1024));
    const auto files = ordered_json::parse(row.text(2), nullptr, false);
    if (files.is_object())
        for (const auto& [name, sha256] : files.items())
            if (sha256.is_string()) record.files.push_back({name, sha256});
    return record;
}

StudyOrigin Store::origin() {
    Statement row = database_.prepare("SELECT data, environment, begun FROM studies");
    if (!row.step()) throw no_study();
    StudyOrigin origin{.data = row.text(0), .environment = {}, .begun = row.text(2)};
    try {
        origin.environment = read_environment(ordered_json::parse(row.text(1)));
    } catch (const ordered_json::exception&) {
        // Only told, so that a study goes on without.
    }
    return origin;
}

}  // namespace inkling
