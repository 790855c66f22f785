#include "study/study_record.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/error.h"
#include "core/path_text.h"
#include "study/study_database.h"

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

/// Throws Error (wrong usage) that shows what differs from the study that was begun.
void check_same(const StudyRecord& before, const StudyRecord& record) {
    // What a study with a time was sized to depends on the machine; what was asked does not.
    const bool timed = !before.asked.empty() && !record.asked.empty();
    const std::string& old_recipe = timed ? before.asked : before.recipe;
    const std::string& new_recipe = timed ? record.asked : record.recipe;
    if (old_recipe != new_recipe)
        throw wrong_usage(
            "this study was begun with another recipe or budget: {}; take another folder with --out, or remove it",
            difference(old_recipe, new_recipe));
    const std::string old_files = to_json(before.files).dump(0);
    const std::string new_files = to_json(record.files).dump(0);
    if (before.split != record.split || old_files != new_files)
        throw wrong_usage("this study was begun with other data: {}; take another folder with --out, or remove it",
                          before.split != record.split ? fmt::format("split {}, now {}", before.split, record.split)
                                                       : difference(old_files, new_files));
    if (before.stored && record.stored && before.stored != record.stored)
        throw wrong_usage(
            "this study reads its images as {}, now {}; leave out --orientation, or take another folder with --out",
            orientation_name(*before.stored), orientation_name(*record.stored));
    if (before.threads != record.threads)
        throw wrong_usage("this study was begun with {} threads a training, now {}; their results differ",
                          before.threads, record.threads);
}

bool has_begun(Database& database) { return database.prepare("SELECT id FROM studies").step(); }

MachineNeeds read_needs(Database& database) {
    Statement row = database.prepare("SELECT automatic_precision, trains_bf16 FROM studies");
    row.step();
    for (const auto automatic : {PrecisionChoice::kFp32, PrecisionChoice::kBf16, PrecisionChoice::kAuto})
        if (row.text(0) == precision_name(automatic)) return {.automatic = automatic, .bfloat16 = row.integer(1) != 0};
    throw damaged_store(fmt::format("precision '{}', expected fp32, bf16 or auto", row.text(0)));
}

std::optional<Orientation> read_stored(Database& database) {
    Statement row = database.prepare("SELECT orientation FROM studies WHERE orientation IS NOT NULL");
    if (!row.step()) return {};
    const std::optional<Orientation> stored = find_orientation(row.text(0));
    if (!stored) throw damaged_store(fmt::format("orientation '{}', expected upright or transposed", row.text(0)));
    return stored;
}

Error no_study() { return bad_data("the store holds no study; start one with 'inkling study'"); }

}  // namespace

StudyRecord begin_study(Database& database, const StudyRecord& record, const StudyOrigin& origin) {
    Transaction transaction(database);
    const bool goes_on = has_begun(database);
    StudyRecord settled = goes_on ? read_study_record(database) : record;
    if (goes_on) check_same(settled, record);
    if (!settled.stored) settled.stored = record.stored;
    if (!goes_on)
        database
            .prepare(
                "INSERT INTO studies (id, recipe, split, files, threads, data, environment, begun, budget, "
                "automatic_precision, trains_bf16, asked, seconds) "
                "VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, ''), NULLIF(?, 0.0))")
            .bind(0, record.recipe)
            .bind(1, record.split)
            .bind(2, to_json(record.files).dump())
            .bind(3, std::int64_t{record.threads})
            .bind(4, path_text(origin.data))
            .bind(5, to_json(origin.environment).dump())
            .bind(6, origin.begun)
            .bind(7, record.budget)
            .bind(8, precision_name(record.needs.automatic))
            .bind(9, std::int64_t{record.needs.bfloat16})
            .bind(10, record.asked)
            .bind(11, record.seconds)
            .run();
    if (settled.stored)
        database.prepare("UPDATE studies SET orientation = ?").bind(0, orientation_name(*settled.stored)).run();
    transaction.commit();
    return settled;
}

StudyRecord read_study_record(Database& database) {
    Statement row = database.prepare("SELECT recipe, split, files, threads, budget FROM studies");
    if (!row.step()) throw no_study();
    StudyRecord record{.recipe = row.text(0), .budget = row.text(4), .split = row.text(1), .files = {}, .threads = 1};
    record.threads = static_cast<int>(std::clamp<std::int64_t>(row.integer(3), 1, 1024));
    const auto files = ordered_json::parse(row.text(2), nullptr, false);
    if (files.is_object())
        for (const auto& [name, sha256] : files.items())
            if (sha256.is_string()) record.files.push_back({name, sha256});
    record.needs = read_needs(database);
    record.stored = read_stored(database);
    Statement time = database.prepare("SELECT asked, seconds FROM studies WHERE asked IS NOT NULL");
    if (time.step()) {
        record.asked = time.text(0);
        record.seconds = time.number(1);
    }
    return record;
}

StudyOrigin read_study_origin(Database& database) {
    Statement row = database.prepare("SELECT data, environment, begun FROM studies");
    if (!row.step()) throw no_study();
    StudyOrigin origin{.data = path_from_text(row.text(0)), .environment = {}, .begun = row.text(2)};
    try {
        origin.environment = read_environment(ordered_json::parse(row.text(1)));
    } catch (const ordered_json::exception&) {
        // Only told, so that a study goes on without.
    }
    return origin;
}

}  // namespace inkling
