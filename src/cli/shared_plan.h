#pragma once

#include <string>

#include "cli/study_plan.h"
#include "cluster/group.h"
#include "study/machine_needs.h"
#include "train/environment.h"

namespace inkling::cli {

/// What rank 0 has settled of a study, for the others of its group.
struct SharedPlan {
    StudyFolder folder;
    StudyRecipe recipe;
    std::filesystem::path data_folder;
    std::string split;
    std::optional<Orientation> stored;
    std::vector<DataFile> files;     // of the training part
    std::vector<DataFile> teachers;  // see study_teachers()
    int threads = 1;                 // of each training
    MachineNeeds needs;
    Environment environment;  // rank 0's
};

/// Gives the plan of rank 0 to all.
SharedPlan share_plan(Group& group, const SharedPlan& plan);

/// Who sees the study's folder as rank 0 does.
struct FolderSight {
    bool here = true;
    std::vector<std::string> blind = {};  // machines on which a process does not, each once; on rank 0 alone
};

/// All call it.
FolderSight see_folder(Group& group, const StudyFolder& folder);

/// On rank 0, what makes the last digits of results differ between its machine and others, each once; nothing
/// elsewhere. All call it.
std::vector<std::string> differing_machines(Group& group, const Environment& of_rank_0);

/// How many threads each process works with, by rank, on rank 0. All call it.
std::vector<int> gather_threads(Group& group, int threads);

}  // namespace inkling::cli
