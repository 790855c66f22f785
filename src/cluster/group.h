#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/sealed_memory.h"

namespace inkling {

class Processes;

/// Bytes from another process of a group.
struct Message {
    int from = 0;
    std::string bytes;
};

/// In which order a sum over all is made. Both give every process the same bytes.
enum class SumOrder {
    kFastest,  // as MPI likes best, which may differ with their number and places
    kTree      // (rank 0 + rank 1) + (rank 2 + rank 3), and so on: neighbours first. For 2, 4, 8, ... processes
};

/// A sum over all that was begun and may be made while this process does other work; it must be waited for.
class PendingSum {
  public:
    class Work;
    explicit PendingSum(std::unique_ptr<Work> work);
    ~PendingSum();
    PendingSum(PendingSum&&) noexcept;
    PendingSum& operator=(PendingSum&&) noexcept;

    /// Lets the sum go on, which MPI does only while it is called. Waits for nobody.
    void advance();

    /// Returns when the values are the sum; until then nobody may touch them.
    void wait();

  private:
    std::unique_ptr<Work> work_;
};

/// The processes that mpirun or srun started together, numbered from 0 by `rank`. A process that was started alone is a
/// group of one, in which no MPI is begun. There may be one Group at a time in a process. Its calls may be made by
/// several threads; those that all processes make together, by one thread of each and in the same order.
///
/// Who waits sleeps, except in sums. Each call throws Error (failed) where MPI refuses; who catches an error that the
/// others do not have must end_job(), else they wait for it.
class Group {
  public:
    /// Joins the others. Throws Error: failed where this program is built without MPI, or with another than that which
    /// started it, or where MPI does not bear several threads.
    Group();
    /// Leaves when all others do.
    ~Group();
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;

    int rank() const;
    int size() const;

    /// Adds up the values of all processes, which have as many, in place. Throws Error (failed) for a tree of another
    /// number of processes than a power of two.
    void sum(std::span<float> values, SumOrder order = SumOrder::kFastest);
    void sum(std::span<double> values, SumOrder order = SumOrder::kFastest);
    PendingSum begin_sum(std::span<float> values);

    /// Gives all the bytes of rank 0. Throws Error (failed) where these are more than `most`.
    std::string broadcast(const std::string& bytes, std::size_t most);

    /// Gives rank 0 the bytes of each, by rank; the others get nothing. Throws Error (failed) where one has more than
    /// `most`.
    std::vector<std::string> gather(const std::string& bytes, std::size_t most);

    /// Returns when all have called it.
    void barrier();

    /// Sends a message of that kind, 0 to 32,767, to another process and does not wait for it.
    void send(int to, int kind, std::string bytes);

    /// The next message of that kind, if one is there; those of one sender and kind come in the order in which they
    /// were sent. Throws Error (failed) where it has more than `most` bytes, before memory is taken for them.
    std::optional<Message> try_receive(int kind, std::size_t most);

    /// Waits up to `patience` until all others leave too, here or at their end; nothing but end_job() may follow.
    /// Returns whether they did.
    bool leave(std::chrono::milliseconds patience);

    /// Ends all processes of the group within seconds, with that exit status. A group of one just exits.
    [[noreturn]] void end_job(ExitStatus status);

  private:
    std::unique_ptr<Processes> processes_;  // empty in a group of one
};

/// This machine's name, as its user knows it.
std::string host_name();

/// How many of the processors that this process may run on are its own: where the launcher has bound the processes of a
/// machine to different ones, all; where several may run on the same, its share of them, 1 at least. All processes call
/// it together. `cores` are those that are useful (core/processors.h).
int own_cores(Group& group, int cores);

/// What `make` gives the first process of each machine, who alone calls it; the others there have it in the same
/// memory. Nothing for a process that cannot: it must make its own. All call it together.
std::optional<SealedMemory> once_a_machine(Group& group, const std::function<std::optional<SealedMemory>()>& make);

/// A pause that grows from 20 microseconds to `longest` while nothing happens: who waits by it takes next to no time of
/// a processor, and is late by no more than it has waited.
class Pause {
  public:
    explicit Pause(std::chrono::microseconds longest = std::chrono::milliseconds(10)) : longest_(longest) {}

    void sleep();
    void restart() { next_ = kFirst; }

  private:
    static constexpr std::chrono::microseconds kFirst{20};
    std::chrono::microseconds longest_;
    std::chrono::microseconds next_ = kFirst;
};

}  // namespace inkling
