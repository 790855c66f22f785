#include "cluster/group.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string_view>
#include <thread>

#include "cluster/processes.h"
#include "core/machine.h"
#include "core/processors.h"

namespace inkling {
namespace {

constexpr std::size_t kMostPlace = 1 << 16;   // bytes that say where a process runs
constexpr std::size_t kMostPlaces = 1 << 24;  // likewise of all

/// "host processors", the same for processes that may run on the same ones.
std::string place_of_this_process() {
    std::string place = host_name();
    for (const int processor : allowed_processors()) place += fmt::format(" {}", processor);
    return place.substr(0, kMostPlace);
}

/// What each says, by rank, in a line.
std::vector<std::string> all_say(Group& group, const std::string& line) {
    std::string lines;
    for (const std::string& one : group.gather(line, kMostPlace)) lines += one + "\n";
    std::istringstream said(group.broadcast(lines, kMostPlaces));
    std::vector<std::string> all(static_cast<std::size_t>(group.size()));
    for (std::string& one : all) std::getline(said, one);
    return all;
}

}  // namespace

PendingSum::PendingSum(std::unique_ptr<Work> work) : work_(std::move(work)) {}
PendingSum::~PendingSum() = default;
PendingSum::PendingSum(PendingSum&&) noexcept = default;
PendingSum& PendingSum::operator=(PendingSum&&) noexcept = default;

void PendingSum::advance() {
    if (work_ && work_->test()) work_.reset();
}

void PendingSum::wait() {
    if (work_) work_->wait();
    work_.reset();
}

/// Open MPI's mpirun sets the first; MPICH's, Intel's and Slurm's PMI the second; PMIx, by which Slurm starts Open
/// MPI's programs, has no variable for the size, but Slurm's srun has.
std::optional<int> launched_processes() {
    const bool by_pmix = std::getenv("PMIX_RANK") != nullptr;
    for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"}) {
        const char* const text = std::getenv(variable);
        if (text == nullptr || (std::string_view(variable).starts_with("SLURM") && !by_pmix)) continue;
        const std::string_view value = text;
        int size = 0;
        std::from_chars(value.data(), value.data() + value.size(), size);
        return std::max(size, 0);
    }
    return by_pmix ? std::optional(0) : std::nullopt;
}

Group::Group() {
    if (launched_processes().value_or(1) != 1) processes_ = join_processes();
}

Group::~Group() = default;

int Group::rank() const { return processes_ ? processes_->rank() : 0; }
int Group::size() const { return processes_ ? processes_->size() : 1; }

void Group::sum(std::span<float> values, SumOrder order) {
    if (processes_) processes_->sum(values, order);
}

void Group::sum(std::span<double> values, SumOrder order) {
    if (processes_) processes_->sum(values, order);
}

PendingSum Group::begin_sum(std::span<float> values) {
    return PendingSum(processes_ ? processes_->begin_sum(values) : nullptr);
}

std::string Group::broadcast(const std::string& bytes, std::size_t most) {
    return processes_ ? processes_->broadcast(bytes, most) : bytes;
}

std::vector<std::string> Group::gather(const std::string& bytes, std::size_t most) {
    return processes_ ? processes_->gather(bytes, most) : std::vector{bytes};
}

void Group::barrier() {
    if (processes_) processes_->meet({});
}

bool Group::leave(std::chrono::milliseconds patience) { return !processes_ || processes_->leave(patience); }

void Group::send(int to, int kind, std::string bytes) {
    if (to < 0 || to >= size() || to == rank()) throw failed("no process {} to send to, of {}", to, size());
    processes_->send(to, kind, std::move(bytes));
}

std::optional<Message> Group::try_receive(int kind, std::size_t most) {
    return processes_ ? processes_->try_receive(kind, most) : std::nullopt;
}

void Group::end_job(ExitStatus status) {
    if (processes_) processes_->end_job(status);
    std::exit(static_cast<int>(status));
}

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

std::optional<SealedMemory> once_a_machine(Group& group, const std::function<std::optional<SealedMemory>()>& make) {
    const std::vector<std::string> machines = all_say(group, this_machine());
    const auto first = static_cast<std::size_t>(std::ranges::find(machines, this_machine()) - machines.begin());
    const bool makes = first == static_cast<std::size_t>(group.rank());
    std::optional<SealedMemory> memory;
    if (makes) memory = make();
    const std::vector<std::string> places = all_say(group, memory ? memory->place() : "");
    if (!makes) memory = SealedMemory::open(places.at(first));
    group.barrier();  // until all have it, its maker must stay
    return memory;
}

int own_cores(Group& group, int cores) {
    const std::string mine = place_of_this_process();
    std::map<std::string, int> sharing;
    const std::vector<std::string> places = group.gather(mine, kMostPlace);
    for (const std::string& place : places) ++sharing[place];
    std::string shares;  // by rank, each of four characters
    for (const std::string& place : places) shares += fmt::format("{:4}", std::min(sharing[place], 9999));
    shares = group.broadcast(shares, 4 * static_cast<std::size_t>(group.size()));
    const std::string share = shares.substr(4 * static_cast<std::size_t>(group.rank()), 4);
    return std::max(cores / std::max(std::atoi(share.c_str()), 1), 1);
}

void Pause::sleep() {
    std::this_thread::sleep_for(next_);
    next_ = std::min(2 * next_, longest_);
}

}  // namespace inkling
