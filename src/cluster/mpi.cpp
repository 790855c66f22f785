#include <fmt/format.h>
#include <mpi.h>
#include <sched.h>

#include <array>
#include <bit>
#include <cstdlib>
#include <limits>
#include <list>
#include <mutex>
#include <utility>

#include "cluster/processes.h"

namespace inkling {
namespace {

void check(int code, const char* what) {
    if (code == MPI_SUCCESS) return;
    std::array<char, MPI_MAX_ERROR_STRING> text{};
    int size = 0;
    MPI_Error_string(code, text.data(), &size);
    throw failed("MPI: {} failed ({}); see whether all machines reach each other", what,
                 std::string_view(text.data(), static_cast<std::size_t>(size)));
}

int as_count(std::size_t count) {
    if (count > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        throw failed("MPI: {} values at once, expected fewer than 2^31", count);
    return static_cast<int>(count);
}

void check_size(std::size_t size, std::size_t most, int from) {
    if (size > most)
        throw failed("MPI: a message of {} bytes from rank {}, expected {} at most; start the same program everywhere",
                     size, from, most);
}

/// MPI by one thread at a time (MPI_THREAD_SERIALIZED): whoever calls it holds the lock, and no call under it waits for
/// another process, so that rank 0 answers while others of its threads wait.
class MpiProcesses : public Processes {
  public:
    MpiProcesses() {
        MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
        check(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "asking for the rank");
        check(MPI_Comm_size(MPI_COMM_WORLD, &size_), "asking for the size");
        check(MPI_Comm_dup(MPI_COMM_WORLD, &sums_), "its start");
    }

    ~MpiProcesses() override {
        try {
            leave({});
            while (has_outgoing()) Pause().sleep();
        } catch (const Error&) {
            // MPI_Finalize() says what is wrong.
        }
        MPI_Comm_free(&sums_);
        MPI_Finalize();
    }
    MpiProcesses(const MpiProcesses&) = delete;
    MpiProcesses& operator=(const MpiProcesses&) = delete;

    int rank() const override { return rank_; }
    int size() const override { return size_; }

    void sum(std::span<float> values, SumOrder order) override { sum_of(values, order); }
    void sum(std::span<double> values, SumOrder order) override { sum_of(values, order); }

    std::unique_ptr<PendingSum::Work> begin_sum(std::span<float> values) override {
        return std::make_unique<Sum>(*this,
                                     begin([&](MPI_Request* request) { return allreduce(values, request); }, "a sum"));
    }

    std::string broadcast(const std::string& bytes, std::size_t most) override {
        std::uint64_t size = bytes.size();
        const auto spread = [&](void* data, std::size_t count) {
            const int bytes_count = as_count(count);
            wait(begin(
                     [&](MPI_Request* request) {
                         return MPI_Ibcast(data, bytes_count, MPI_BYTE, 0, MPI_COMM_WORLD, request);
                     },
                     "a broadcast"),
                 "a broadcast");
        };
        spread(&size, sizeof size);
        check_size(size, most, 0);
        std::string text = rank_ == 0 ? bytes : std::string(size, '\0');
        spread(text.data(), text.size());
        return text;
    }

    std::vector<std::string> gather(const std::string& bytes, std::size_t most) override {
        const auto ranks = static_cast<std::size_t>(size_);
        std::vector<int> sizes(ranks);
        const int size = as_count(bytes.size());
        wait(begin(
                 [&](MPI_Request* request) {
                     return MPI_Igather(&size, 1, MPI_INT, sizes.data(), 1, MPI_INT, 0, MPI_COMM_WORLD, request);
                 },
                 "a gather"),
             "a gather");
        std::vector<int> offsets(ranks);
        std::size_t total = 0;
        for (std::size_t i = 0; i < ranks && rank_ == 0; ++i) {
            check_size(static_cast<std::size_t>(std::max(sizes[i], 0)), most, static_cast<int>(i));
            offsets[i] = as_count(total);
            total += static_cast<std::size_t>(sizes[i]);
        }
        as_count(total);
        std::string all(total, '\0');
        wait(begin(
                 [&](MPI_Request* request) {
                     return MPI_Igatherv(bytes.data(), size, MPI_BYTE, all.data(), sizes.data(), offsets.data(),
                                         MPI_BYTE, 0, MPI_COMM_WORLD, request);
                 },
                 "a gather"),
             "a gather");
        std::vector<std::string> parts;
        for (std::size_t i = 0; i < ranks && rank_ == 0; ++i)
            parts.push_back(all.substr(static_cast<std::size_t>(offsets[i]), static_cast<std::size_t>(sizes[i])));
        return parts;
    }

    void send(int to, int kind, std::string bytes) override {
        const int size = as_count(bytes.size());
        const std::lock_guard lock(mutex_);
        forget_sent();
        outgoing_.push_front({std::move(bytes), MPI_REQUEST_NULL});
        Outgoing& message = outgoing_.front();
        check(MPI_Isend(message.bytes.data(), size, MPI_BYTE, to, kind, MPI_COMM_WORLD, &message.request),
              "sending a message");
    }

    std::optional<Message> try_receive(int kind, std::size_t most) override {
        MPI_Message message = MPI_MESSAGE_NULL;
        MPI_Status status{};
        MPI_Request request = MPI_REQUEST_NULL;
        Message received;
        {
            const std::lock_guard lock(mutex_);
            forget_sent();
            int found = 0;
            check(MPI_Improbe(MPI_ANY_SOURCE, kind, MPI_COMM_WORLD, &found, &message, &status),
                  "looking for a message");
            if (found == 0) return std::nullopt;
            int size = 0;
            check(MPI_Get_count(&status, MPI_BYTE, &size), "asking for a message's size");
            received.from = status.MPI_SOURCE;
            check_size(static_cast<std::size_t>(size), most, received.from);
            received.bytes.resize(static_cast<std::size_t>(size));
            check(MPI_Imrecv(received.bytes.data(), size, MPI_BYTE, &message, &request), "receiving a message");
        }
        wait(request, "receiving a message");
        return received;
    }

    bool meet(std::optional<std::chrono::milliseconds> patience) override {
        const auto begun = std::chrono::steady_clock::now();
        MPI_Request request =
            begin([](MPI_Request* begun_barrier) { return MPI_Ibarrier(MPI_COMM_WORLD, begun_barrier); }, "a barrier");
        for (Pause pause; !test(request, "a barrier"); pause.sleep())
            if (patience && std::chrono::steady_clock::now() - begun > *patience) return false;
        return true;
    }

    bool leave(std::optional<std::chrono::milliseconds> patience) override {
        left_ = left_ || meet(patience);
        return left_;
    }

    void end_job(ExitStatus status) override {
        MPI_Abort(MPI_COMM_WORLD, static_cast<int>(status));
        std::_Exit(static_cast<int>(status));
    }

  private:
    struct Outgoing {
        std::string bytes;
        MPI_Request request;
    };

    class Sum : public PendingSum::Work {
      public:
        Sum(MpiProcesses& processes, MPI_Request request) : processes_(processes), request_(request) {}
        bool test() override { return processes_.test(request_, "a sum"); }
        void wait() override { processes_.wait_awake(request_, "a sum"); }

      private:
        MpiProcesses& processes_;
        MPI_Request request_;
    };

    template <class Begin>
    MPI_Request begin(Begin&& begin, const char* what) {
        MPI_Request request = MPI_REQUEST_NULL;
        const std::lock_guard lock(mutex_);
        check(begin(&request), what);
        return request;
    }

    bool test(MPI_Request& request, const char* what) {
        const std::lock_guard lock(mutex_);
        int done = 0;
        check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), what);
        return done != 0;
    }

    void wait(MPI_Request request, const char* what) {
        for (Pause pause; !test(request, what);) pause.sleep();
    }

    /// For what takes less than a sleep would.
    void wait_awake(MPI_Request request, const char* what) {
        while (!test(request, what)) ::sched_yield();
    }

    static MPI_Datatype type_of(std::span<float>) { return MPI_FLOAT; }
    static MPI_Datatype type_of(std::span<double>) { return MPI_DOUBLE; }

    template <class Value>
    int allreduce(std::span<Value> values, MPI_Request* request) {
        return MPI_Iallreduce(MPI_IN_PLACE, values.data(), as_count(values.size()), type_of(values), MPI_SUM, sums_,
                              request);
    }

    template <class Value>
    void sum_of(std::span<Value> values, SumOrder order) {
        if (order == SumOrder::kTree) return sum_as_tree(values);
        wait_awake(begin([&](MPI_Request* request) { return allreduce(values, request); }, "a sum"), "a sum");
    }

    /// By recursive doubling: after each round, twice as many neighbouring ranks have the sum of theirs.
    template <class Value>
    void sum_as_tree(std::span<Value> values) {
        if (!std::has_single_bit(static_cast<unsigned>(size_)))
            throw failed("MPI: a sum as a tree over {} processes, expected 2, 4, 8, ...", size_);
        const int count = as_count(values.size());
        std::vector<Value> others(values.size());
        for (int distance = 1; distance < size_; distance *= 2) {
            const int other = rank_ ^ distance;
            const MPI_Request received = begin(
                [&](MPI_Request* request) {
                    return MPI_Irecv(others.data(), count, type_of(values), other, 0, sums_, request);
                },
                "a sum");
            const MPI_Request sent = begin(
                [&](MPI_Request* request) {
                    return MPI_Isend(values.data(), count, type_of(values), other, 0, sums_, request);
                },
                "a sum");
            wait_awake(received, "a sum");
            wait_awake(sent, "a sum");
            for (std::size_t i = 0; i < values.size(); ++i) values[i] += others[i];
        }
    }

    /// Under the lock.
    void forget_sent() {
        for (auto message = outgoing_.begin(); message != outgoing_.end();) {
            int done = 0;
            check(MPI_Test(&message->request, &done, MPI_STATUS_IGNORE), "sending a message");
            message = done != 0 ? outgoing_.erase(message) : std::next(message);
        }
    }

    bool has_outgoing() {
        const std::lock_guard lock(mutex_);
        forget_sent();
        return !outgoing_.empty();
    }

    int rank_ = 0;
    int size_ = 1;
    bool left_ = false;
    MPI_Comm sums_ = MPI_COMM_NULL;  // whose messages are no Message
    std::mutex mutex_;
    std::list<Outgoing> outgoing_;
};

}  // namespace

std::unique_ptr<Processes> join_processes() {
    int provided = MPI_THREAD_SINGLE;
    check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided), "its start");
    if (provided < MPI_THREAD_SERIALIZED)
        throw failed("MPI: this build of it bears one thread only, expected MPI_THREAD_SERIALIZED; take another one");
    auto processes = std::make_unique<MpiProcesses>();
    const int launched = launched_processes().value_or(0);
    if (launched > 1 && processes->size() == 1)
        throw failed(
            "MPI: started as one of {} processes by another MPI than this program is built with; start it "
            "with the latter's mpirun",
            launched);
    return processes;
}

}  // namespace inkling
