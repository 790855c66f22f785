#include "cli/export.h"
#include "core/error.h"
#include "formats/load_dataset.h"

namespace inkling::cli {

Dataset load_part(const Exported& exported, const ExportOptions& options, Part part) {
    DataOptions data = options.data;
    if (data.split.empty()) data.split = exported.model.split;
    if (!exported.record) return load_dataset(data.resolved_folder(), data.split, part, data.stored());
    const RunRecord& record = *exported.record;
    return load_dataset(data.folder_or(record.data, record.split), data.split, part,
                        data.stored_or(record.stored, record.split));
}

TestPart find_test_part(const Exported& exported, const ExportOptions& options) {
    const bool asked = !options.data.folder.empty() || !options.data.split.empty();
    if (!asked && !exported.record)
        return {.data = {}, .untested = "name the test images' folder with --data to see what that costs"};
    if (!asked && exported.record->judged_by != JudgedBy::kTest)
        return {.data = {}, .untested = "this run left the test part unread; to read it, name its folder with --data"};
    try {
        return {.data = load_part(exported, options, Part::kTest)};
    } catch (const Error& error) {
        // What a run remembers may be gone; the network is there all the same.
        if (asked) throw;
        return {.data = {}, .untested = error.what()};
    }
}

}  // namespace inkling::cli
