#include "study/job.h"

namespace inkling {

const char* role_name(Role role) { return kRoleNames.at(static_cast<std::size_t>(role)); }

const char* job_status_name(JobStatus status) { return kJobStatusNames.at(static_cast<std::size_t>(status)); }

}  // namespace inkling
