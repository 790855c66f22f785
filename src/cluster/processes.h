#pragma once

#include "cluster/group.h"

namespace inkling {

class PendingSum::Work {
  public:
    Work() = default;
    virtual ~Work() = default;
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    virtual bool test() = 0;  // whether it is done
    virtual void wait() = 0;
};

/// What a Group of several asks of what connects them.
class Processes {
  public:
    Processes() = default;
    virtual ~Processes() = default;
    Processes(const Processes&) = delete;
    Processes& operator=(const Processes&) = delete;

    virtual int rank() const = 0;
    virtual int size() const = 0;
    virtual void sum(std::span<float> values, SumOrder order) = 0;
    virtual void sum(std::span<double> values, SumOrder order) = 0;
    virtual std::unique_ptr<PendingSum::Work> begin_sum(std::span<float> values) = 0;
    virtual std::string broadcast(const std::string& bytes, std::size_t most) = 0;
    virtual std::vector<std::string> gather(const std::string& bytes, std::size_t most) = 0;
    virtual void send(int to, int kind, std::string bytes) = 0;
    virtual std::optional<Message> try_receive(int kind, std::size_t most) = 0;
    // Empty: as long as it takes.
    virtual bool meet(std::optional<std::chrono::milliseconds> patience) = 0;
    virtual bool leave(std::optional<std::chrono::milliseconds> patience) = 0;
    [[noreturn]] virtual void end_job(ExitStatus status) = 0;
};

/// How many processes the launcher says that it started together; nothing where this one was started alone. 0: it does
/// not say how many.
std::optional<int> launched_processes();

/// Joins those that were started together with this process: mpi.cpp, or no_mpi.cpp, which refuses. Called only where
/// there may be several; empty where there is one after all.
std::unique_ptr<Processes> join_processes();

}  // namespace inkling
