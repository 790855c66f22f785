#include "study/owner.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <vector>

#include "cluster/group.h"
#include "core/machine.h"

namespace inkling {
namespace {

constexpr char kBeforeClaim = '#';
constexpr char kBeforeHost = '@';

std::string first_line(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

/// When the process began, in clock ticks since the machine did; empty where there is none, or it is a zombie. See
/// proc(5), stat: the second field, the program's name in brackets, may hold anything.
std::string start_of(const std::string& process) {
    const std::string stat = first_line("/proc/" + process + "/stat");
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) return {};
    std::istringstream fields(stat.substr(name_end + 1));
    std::vector<std::string> values;
    for (std::string field; fields >> field;) values.push_back(field);
    constexpr std::size_t kState = 0;
    constexpr std::size_t kStart = 19;
    return values.size() <= kStart || values[kState] == "Z" ? std::string() : values[kStart];
}

/// Of a claim, or the name itself.
std::string owner_of(const std::string& name) { return name.substr(0, name.find(kBeforeClaim)); }

}  // namespace

std::string this_owner() {
    const std::string process = std::to_string(getpid());
    return fmt::format("{}/{}/{}", this_machine(), process, start_of(process));
}

std::string new_claim() {
    static std::atomic<std::uint64_t> claims = 0;
    return fmt::format("{}{}{}{}{}", this_owner(), kBeforeClaim, ++claims, kBeforeHost, host_name());
}

std::string claim_of_owner(const std::string& claim, const std::string& owner, int rank) {
    return fmt::format("{}{}{}.{}", owner, kBeforeClaim, rank, claim.substr(claim.find(kBeforeClaim) + 1));
}

std::pair<std::string, std::string> claims_of(const std::string& owner) {
    return {owner + kBeforeClaim, owner + static_cast<char>(kBeforeClaim + 1)};
}

std::string claim_host(const std::string& claim) {
    const std::size_t name = claim.find(kBeforeClaim);
    const std::size_t host = name == std::string::npos ? name : claim.find(kBeforeHost, name);
    return host == std::string::npos ? std::string() : claim.substr(host + 1);
}

OwnerState ask_owner(const std::string& name) {
    const std::string owner = owner_of(name);
    const std::size_t first = owner.find('/');
    const std::size_t second = owner.find('/', first + 1);
    if (first == std::string::npos || second == std::string::npos) return OwnerState::kEnded;
    if (owner.substr(0, first) != this_machine()) return OwnerState::kUnknown;
    const std::string process = owner.substr(first + 1, second - first - 1);
    return start_of(process) == owner.substr(second + 1) ? OwnerState::kAlive : OwnerState::kEnded;
}

OwnerState AskedOwners::ask(const std::string& claim) {
    const auto [state, is_new] = states_.try_emplace(owner_of(claim));
    if (is_new) state->second = ask_owner(claim);
    return state->second;
}

}  // namespace inkling
