#include "core/processors.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <numeric>
#include <set>
#include <string>
#include <thread>

namespace inkling {
namespace {

namespace fs = std::filesystem;

/// Files of /proc and /sys have no size that one could ask for.
std::vector<std::string> lines_of(const fs::path& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

std::string first_line(const fs::path& path) {
    const std::vector<std::string> lines = lines_of(path);
    return lines.empty() ? std::string() : lines.front();
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

bool has_part(std::string_view list, std::string_view part) {
    const std::vector<std::string> parts = split(list, ',');
    return std::find(parts.begin(), parts.end(), part) != parts.end();
}

/// A whole number of 0 or more, and nothing else.
std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size() && value >= 0;
    return whole ? std::optional(value) : std::nullopt;
}

/// Whether a list such as "0,64" or "0-3,8" holds the processor.
bool holds(std::string_view list, int processor) {
    const std::vector<std::string> ranges = split(list, ',');
    return std::any_of(ranges.begin(), ranges.end(), [&](const std::string& range) {
        const std::size_t dash = range.find('-');
        const auto first = number(std::string_view(range).substr(0, dash));
        const auto last = dash == std::string::npos ? first : number(std::string_view(range).substr(dash + 1));
        return first && last && *first <= processor && processor <= *last;
    });
}

/// What the processors of one core have in common and no others: the list of them.
std::string core_of(int processor, const fs::path& root) {
    const fs::path topology = root / "sys/devices/system/cpu" / fmt::format("cpu{}", processor) / "topology";
    for (const char* name : {"core_cpus_list", "thread_siblings_list"})  // the second before Linux 5.3
        if (std::string list = first_line(topology / name); holds(list, processor)) return list;
    return std::to_string(processor);
}

enum class GroupVersion { kV1, kV2 };

/// A place where control groups are mounted: the group `root` is the folder `point`.
struct GroupMount {
    std::string root;
    fs::path point;
};

/// Spaces and the like stand in mountinfo as a backslash and three octal digits.
std::string unescaped(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
        const std::string_view digits = text.front() == '\\' ? text.substr(1, 3) : std::string_view();
        int character = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), character, 8);
        plain += character > 0 ? static_cast<char>(character) : text.front();
        text.remove_prefix(character > 0 ? 1 + digits.size() : 1);
    }
    return plain;
}

/// Where the groups that limit processors are mounted; see proc(5), mountinfo.
std::vector<GroupMount> group_mounts(GroupVersion version, const fs::path& root) {
    std::vector<GroupMount> mounts;
    for (const std::string& line : lines_of(root / "proc/self/mountinfo")) {
        const std::vector<std::string> fields = split(line, ' ');
        const auto dash = std::find(fields.begin(), fields.end(), "-");
        if (dash - fields.begin() < 6 || fields.end() - dash < 4) continue;
        const bool is_version =
            version == GroupVersion::kV2 ? dash[1] == "cgroup2" : dash[1] == "cgroup" && has_part(dash[3], "cpu");
        if (is_version) mounts.push_back({unescaped(fields[3]), root / fs::path(unescaped(fields[4])).relative_path()});
    }
    return mounts;
}

/// The group that this process is in; see cgroups(7), /proc/[pid]/cgroup.
std::optional<std::string> own_group(GroupVersion version, const fs::path& root) {
    for (const std::string& line : lines_of(root / "proc/self/cgroup")) {
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const std::string_view controllers = std::string_view(line).substr(first + 1, second - first - 1);
        const bool is_version = version == GroupVersion::kV2 ? line.starts_with("0::") : has_part(controllers, "cpu");
        if (is_version) return line.substr(second + 1);
    }
    return std::nullopt;
}

/// The way from one group down to another; nothing where the other is not below it.
std::optional<fs::path> way_down(const std::string& from, const std::string& to) {
    const fs::path way = fs::path(to).lexically_relative(from);
    if (way.empty() || *way.begin() == "..") return std::nullopt;
    return way == "." ? fs::path() : way;
}

/// The folders of this process's group and of all groups above it, as far as they can be seen. A container may see its
/// own group as the top, under a name that says nothing of where that is; its group is then what is mounted.
std::vector<fs::path> group_folders(GroupVersion version, const fs::path& root) {
    const std::vector<GroupMount> mounts = group_mounts(version, root);
    const std::optional<std::string> group = own_group(version, root);
    if (mounts.empty() || !group) return {};
    const GroupMount* mount = &mounts.front();
    fs::path way;
    for (const GroupMount& other : mounts)
        if (const auto found = way_down(other.root, *group)) {
            mount = &other;
            way = *found;
            break;
        }
    std::vector<fs::path> folders;
    for (; !way.empty(); way = way.parent_path()) folders.push_back(mount->point / way);
    folders.push_back(mount->point);
    return folders;
}

/// Processors' worth of time that a group may use; infinity where it may use all.
double quota_of(const fs::path& group, GroupVersion version) {
    std::vector<std::string> values = split(first_line(group / "cpu.max"), ' ');
    if (version == GroupVersion::kV1)
        values = {first_line(group / "cpu.cfs_quota_us"), first_line(group / "cpu.cfs_period_us")};
    const auto quota = number(values.front());
    const auto period = number(values.back());
    const bool limited = values.size() == 2 && quota && period && *quota > 0 && *period > 0;
    return limited ? static_cast<double>(*quota) / static_cast<double>(*period)
                   : std::numeric_limits<double>::infinity();
}

}  // namespace

std::vector<int> allowed_processors() {
    std::vector<int> processors;
    // The kernel refuses a mask that is smaller than its own.
    for (std::size_t sets = 1; sets <= 1024; sets *= 2) {
        std::vector<cpu_set_t> mask(sets);
        const std::size_t bytes = sets * sizeof(cpu_set_t);
        if (::sched_getaffinity(0, bytes, mask.data()) == 0) {
            for (std::size_t i = 0; i < sets * CPU_SETSIZE; ++i)
                if (CPU_ISSET_S(i, bytes, mask.data())) processors.push_back(static_cast<int>(i));
            return processors;
        }
        if (errno != EINVAL) break;
    }
    processors.resize(std::max(std::thread::hardware_concurrency(), 1u));
    std::iota(processors.begin(), processors.end(), 0);
    return processors;
}

int useful_threads(std::span<const int> allowed, const fs::path& root) {
    std::set<std::string> cores;
    for (const int processor : allowed) cores.insert(core_of(processor, root));
    auto threads = static_cast<double>(cores.size());
    for (const GroupVersion version : {GroupVersion::kV1, GroupVersion::kV2})
        for (const fs::path& group : group_folders(version, root))
            threads = std::min(threads, std::ceil(quota_of(group, version)));
    return std::max(static_cast<int>(threads), 1);
}

std::optional<int> openmp_threads(std::string_view variable) {
    std::optional<int> first;
    for (const std::string& part : split(variable, ',')) {
        const std::size_t begin = part.find_first_not_of(" \t\n");
        const std::size_t end = part.find_last_not_of(" \t\n");
        if (begin == std::string::npos) return std::nullopt;
        const auto value = number(std::string_view(part).substr(begin, end - begin + 1));
        if (!value || *value < 1 || *value > std::numeric_limits<int>::max()) return std::nullopt;
        if (!first) first = static_cast<int>(*value);
    }
    return first;
}

int default_thread_count() {
    static const int count = [] {
        const char* const variable = std::getenv("OMP_NUM_THREADS");
        const std::optional<int> asked = variable == nullptr ? std::nullopt : openmp_threads(variable);
        return asked ? *asked : useful_threads(allowed_processors());
    }();
    return count;
}

}  // namespace inkling
