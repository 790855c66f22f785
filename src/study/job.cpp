#include "study/job.h"

#include <algorithm>

namespace inkling {

const char* role_name(Role role) { return kRoleNames.at(static_cast<std::size_t>(role)); }

const char* job_status_name(JobStatus status) { return kJobStatusNames.at(static_cast<std::size_t>(status)); }

void TrainingTally::operator+=(const TrainingTally& other) {
    wanted += other.wanted;
    finished += other.finished;
    failed += other.failed;
    seconds += other.seconds;
    begun += other.begun;
}

void FamilyTally::add(Role role, const TrainingTally& tally) {
    switch (role) {
        case Role::kFold:
            folds += tally;
            break;
        case Role::kConfirm:
            confirming += tally;
            break;
        case Role::kBest:
        case Role::kBestCurve:
            best += tally;
            [[fallthrough]];
        case Role::kBaseline:
        case Role::kBaselineCurve:
            finals += tally;
            break;
    }
}

std::vector<double> spent_times(std::span<const TimeSpan> spans) {
    std::vector<TimeSpan> sorted(spans.begin(), spans.end());
    std::sort(sorted.begin(), sorted.end(), [](const TimeSpan& a, const TimeSpan& b) { return a.begin < b.begin; });
    std::vector<TimeSpan> apart;  // that do not overlap
    for (const TimeSpan& span : sorted)
        if (!apart.empty() && span.begin <= apart.back().end)
            apart.back().end = std::max(apart.back().end, span.end);
        else
            apart.push_back(span);
    std::sort(sorted.begin(), sorted.end(), [](const TimeSpan& a, const TimeSpan& b) { return a.end < b.end; });
    std::vector<double> spent;
    double before = 0;  // of the parts that ended
    std::size_t part = 0;
    for (const TimeSpan& span : sorted) {
        for (; apart[part].end < span.end; ++part) before += apart[part].end - apart[part].begin;
        spent.push_back(before + span.end - apart[part].begin);
    }
    return spent;
}

}  // namespace inkling
