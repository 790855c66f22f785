#include "study/group_study.h"

#include <atomic>
#include <deque>
#include <future>
#include <mutex>

#include "study/owner.h"
#include "study/remote_job_store.h"
#include "study/shared_runs.h"
#include "study/study_server.h"

namespace inkling {
namespace {

constexpr std::size_t kMostOwner = 4096;
constexpr std::chrono::minutes kMostSilence{10};  // of rank 0, which may be stopped for a while
constexpr std::chrono::seconds kMostLeaving{60};  // of all, once they are told to stop

// Kinds of messages. A request begins with the kind of its answer; each store of a process has one of its own.
constexpr int kRequest = 1;
constexpr int kLeave = 2;
constexpr int kFirstAnswer = 16;
constexpr int kLastAnswer = 32767;

Error stopped() { return {ExitStatus::kInterrupted, "stopped; all finished trainings are kept"}; }

std::string with_kind(int kind, const std::string& request) {
    return std::string{static_cast<char>(kind & 0x7f), static_cast<char>(kind >> 7 & 0xff)} + request;
}

int kind_in(const Message& message) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(message.bytes[i]); };
    const int kind = message.bytes.size() < 2 ? 0 : byte(0) | byte(1) << 7;
    if (kind < kFirstAnswer || kind > kLastAnswer)
        throw failed("a message of rank {} is damaged; start the same program everywhere", message.from);
    return kind;
}

/// Whose process a worker is of.
struct Owned {
    std::string owner;  // rank 0's
    int rank;
    StudyRuns runs;  // this process's
};

/// A worker's way to the store, with claims that are named after rank 0 and still tell machine and worker. What a
/// training leaves goes with its score where rank 0 does not see it.
class OwnedStore : public RemoteJobStore {
  public:
    OwnedStore(AskStore ask, Owned owned) : RemoteJobStore(std::move(ask)), owned_(std::move(owned)) {}

    std::optional<StoredJob> claim(const std::string& claim) override {
        claimed_ = RemoteJobStore::claim(name(claim));
        return claimed_;
    }
    bool renew(std::int64_t job, const std::string& claim) override { return RemoteJobStore::renew(job, name(claim)); }
    bool finish(std::int64_t job, const std::string& claim, const JobScore& score) override {
        const bool sends = !owned_.runs.is_study && claimed_ && claimed_->id == job;
        const auto run = sends ? run_of(owned_.runs.folder, claimed_->job) : std::nullopt;
        if (run && !send_run(job, name(claim), pack_run(*run))) return false;
        const bool finished = RemoteJobStore::finish(job, name(claim), score);
        if (run && finished) std::filesystem::remove_all(run->path);
        return finished;
    }
    bool fail(std::int64_t job, const std::string& claim, const std::string& reason) override {
        return RemoteJobStore::fail(job, name(claim), reason);
    }
    bool release(std::int64_t job, const std::string& claim, Release how) override {
        return RemoteJobStore::release(job, name(claim), how);
    }

  private:
    std::string name(const std::string& claim) const { return claim_of_owner(claim, owned_.owner, owned_.rank); }

    Owned owned_;
    std::optional<StoredJob> claimed_;
};

/// A process's way to the study's server. `over` and `stop` are what the last answer said.
class Link {
  public:
    explicit Link(Owned owned) : owned_(std::move(owned)) {}
    virtual ~Link() = default;
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    OpenJobStore stores() {
        return [this] { return std::make_unique<OwnedStore>(make_way(), owned_); };
    }
    bool over() const { return state_ == StudyState::kOver; }
    bool stopped() const { return state_ == StudyState::kStopped; }

  protected:
    virtual AskStore make_way() = 0;

    std::string heard(ServerAnswer answer) {
        state_ = answer.state;
        return std::move(answer.answer);
    }

  private:
    Owned owned_;
    std::atomic<StudyState> state_ = StudyState::kRuns;
};

/// From another rank, by messages.
class RemoteLink : public Link {
  public:
    RemoteLink(Group& group, std::string owner, const StudyRuns& runs)
        : Link({std::move(owner), group.rank(), runs}), group_(group) {}

    void leave(bool interrupted) { group_.send(0, kLeave, interrupted ? "stop" : ""); }

  private:
    AskStore make_way() override {
        return [this, kind = next_kind_++](const std::string& request) {
            if (kind > kLastAnswer) throw failed("too many workers in one process; take fewer with --threads");
            group_.send(0, kRequest, with_kind(kind, request));
            const auto asked = std::chrono::steady_clock::now();
            for (Pause pause;; pause.sleep()) {
                if (auto message = group_.try_receive(kind, kMostMessage))
                    return heard(parse_server_answer(std::move(message->bytes)));
                if (std::chrono::steady_clock::now() - asked > kMostSilence)
                    throw failed("rank 0 has not answered for {} minutes; start the same command again",
                                 kMostSilence.count());
            }
        };
    }

    Group& group_;
    std::atomic<int> next_kind_ = kFirstAnswer;
};

/// Within rank 0, from a worker's thread to the server's.
class LocalLink : public Link {
  public:
    LocalLink(std::string owner, const StudyRuns& runs) : Link({std::move(owner), 0, runs}) {}

    /// Takes on what was asked since, by the server's thread.
    void hand_over(StudyServer& server) {
        for (Asked& asked : taken())
            server.take(asked.request, [answer = std::make_shared<std::promise<ServerAnswer>>(std::move(asked.answer))](
                                           const ServerAnswer& given) { answer->set_value(given); });
    }

    /// Who asks from now on, or waits, gets an error.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        taken();
    }

  private:
    struct Asked {
        std::string request;
        std::promise<ServerAnswer> answer;
    };

    std::deque<Asked> taken() {
        const std::lock_guard lock(mutex_);
        return std::exchange(asked_, {});
    }

    AskStore make_way() override {
        return [this](const std::string& request) {
            Asked asked{.request = request, .answer = {}};
            std::future<ServerAnswer> answer = asked.answer.get_future();
            {
                const std::lock_guard lock(mutex_);
                if (closed_) throw inkling::stopped();
                asked_.push_back(std::move(asked));
            }
            try {
                return heard(answer.get());
            } catch (const std::future_error&) {
                throw inkling::stopped();
            }
        };
    }

    std::mutex mutex_;
    std::deque<Asked> asked_;
    bool closed_ = false;
};

class CloseAtEnd {
  public:
    explicit CloseAtEnd(LocalLink& link) : link_(link) {}
    ~CloseAtEnd() { link_.close(); }
    CloseAtEnd(const CloseAtEnd&) = delete;
    CloseAtEnd& operator=(const CloseAtEnd&) = delete;

  private:
    LocalLink& link_;
};

/// The options of a process's own workers, which stop with all.
StudyRunOptions own_options(const StudyRunOptions& options, const Link& link) {
    StudyRunOptions own = options;
    own.on_progress = {};
    own.stop = [&link, stop = options.stop] { return link.stopped() || (stop && stop()); };
    return own;
}

void help(Group& group, const std::string& owner, const StudyRecipe& study, const TrainJob& train,
          const StudyRuns& runs, const StudyRunOptions& options) {
    RemoteLink link(group, owner, runs);
    try {
        work_on_study(link.stores(), study, train, own_options(options, link), [&] { return link.over(); });
    } catch (const Error& error) {
        if (error.status() == ExitStatus::kInterrupted) link.leave(true);
        throw;
    }
    link.leave(false);
}

/// Rank 0's: answers until all others have left and its own workers have ended.
class Owner {
  public:
    Owner(Group& group, StudyServer& server, LocalLink& own, std::function<bool()> stop)
        : group_(group), server_(server), own_(own), stop_(std::move(stop)), left_(group.size() - 1) {}

    /// `own_work` are this process's workers; what they throw, but for a stop, this throws at once.
    void serve(std::future<void>& own_work) {
        auto told_to_go_on = std::chrono::steady_clock::now();
        for (Pause pause(std::chrono::milliseconds(2)); left_ > 0 || own_work.valid(); pause.sleep()) {
            const auto now = std::chrono::steady_clock::now();
            if (stop_ && stop_()) server_.stop();
            if (server_.state() != StudyState::kStopped) told_to_go_on = now;
            if (now - told_to_go_on > kMostLeaving) throw stopped();
            if (take_all()) pause.restart();
            server_.work();
            if (own_work.valid() && own_work.wait_for(std::chrono::seconds(0)) == std::future_status::ready)
                finish(own_work);
        }
    }

  private:
    /// Returns whether there was a message.
    bool take_all() {
        bool any = false;
        // Those that come while others are answered wait for the next plan.
        for (int most = group_.size(); most > 0; --most) {
            const auto message = group_.try_receive(kRequest, kMostMessage);
            if (!message) break;
            any = true;
            server_.take(message->bytes.substr(std::min<std::size_t>(2, message->bytes.size())),
                         [this, from = message->from, kind = kind_in(*message)](const ServerAnswer& answer) {
                             group_.send(from, kind, to_bytes(answer));
                         });
        }
        own_.hand_over(server_);
        while (const auto message = group_.try_receive(kLeave, kMostOwner)) {
            any = true;
            --left_;
            if (!message->bytes.empty()) server_.stop();
        }
        return any;
    }

    void finish(std::future<void>& own_work) {
        try {
            own_work.get();
        } catch (const Error& error) {
            if (error.status() != ExitStatus::kInterrupted) throw;
            server_.stop();
        }
    }

    Group& group_;
    StudyServer& server_;
    LocalLink& own_;
    std::function<bool()> stop_;
    int left_;
};

void own_study(Group& group, const std::string& owner, JobStore& store, const StudyRecipe& study, const TrainJob& train,
               const StudyRuns& runs, const StudyRunOptions& options) {
    LocalLink link(owner, runs);
    std::future<void> own_work = std::async(std::launch::async, [&] {
        work_on_study(link.stores(), study, train, own_options(options, link), [&] { return link.over(); });
    });
    // Where an error ends this, the server goes first and with it what its workers wait for.
    StudyServer server(store, study, options.seconds, options.on_progress,
                       [&](const Job& job, const std::string& packed) {
                           if (const auto run = run_of(runs.folder, job)) unpack_run(packed, *run);
                       });
    const CloseAtEnd close(link);
    Owner(group, server, link, options.stop).serve(own_work);
    if (server.state() == StudyState::kStopped) throw stopped();
}

}  // namespace

void run_study_together(Group& group, const OpenJobStore& open_store, const StudyRecipe& study, const TrainJob& train,
                        const StudyRuns& runs, const StudyRunOptions& options) {
    if (group.size() == 1) return run_study(open_store, study, train, options);
    const std::string owner = group.broadcast(this_owner(), kMostOwner);
    if (group.rank() != 0) return help(group, owner, study, train, runs, options);
    const std::unique_ptr<JobStore> store = open_store();
    own_study(group, owner, *store, study, train, runs, options);
}

}  // namespace inkling
