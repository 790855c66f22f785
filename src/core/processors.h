#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace inkling {

/// The processors that this process may run on, by their numbers: its affinity mask.
std::vector<int> allowed_processors();

/// How many threads can work at once on `allowed`: as many as these have cores, because hyperthreads share their core's
/// arithmetic, and no more than the CPU quotas of the process's control groups allow, rounded up; 1 at least. See
/// cgroups(7), for both versions. `root` is the folder that holds /proc and /sys.
int useful_threads(std::span<const int> allowed, const std::filesystem::path& root = "/");

/// The first number of OMP_NUM_THREADS, such as "4" or "4,2"; nothing where OpenMP would not take it.
std::optional<int> openmp_threads(std::string_view variable);

/// How many threads to work with where nobody says: OMP_NUM_THREADS, else useful_threads(). Settled at the first call.
int default_thread_count();

}  // namespace inkling
