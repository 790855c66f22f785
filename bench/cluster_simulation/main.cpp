#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <queue>
#include <tuple>

#include "planted_studies.h"
#include "study/owner.h"
#include "study/sqlite_job_store.h"
#include "study/study_server.h"

namespace inkling {
namespace {

using Seconds = std::chrono::duration<double>;
using Wall = std::chrono::steady_clock;

/// What came of a study.
struct Outcome {
    std::int64_t trainings = 0;
    double seconds = 0;    // simulated, of the study
    double idle = 0;       // share of the workers' time
    double exploring = 0;  // of it, while rounds were explored
    double waiting = 0;    // likewise in which they waited for what rank 0 had for them
    double messages = 0;   // that rank 0 answered each second
    double load = 0;       // share of a processor that this took, planning included
    double message = 0;    // microseconds of one, mean
};

/// A study by many workers in simulated time, in which only what rank 0 does takes real time: it answers one after the
/// other, and whoever asks waits for that as workers would.
class Simulation {
  public:
    Simulation(const StudyRecipe& study, int workers, double minutes, std::int64_t most,
               const std::filesystem::path& folder)
        : minutes_(minutes),
          most_(most),
          workers_(static_cast<std::size_t>(workers)),
          path_(folder / fmt::format("cluster-simulation-{}", ::getpid())),
          file_(path_, Database::Mode::kCreate),
          server_(
              file_, study, 0, [this](const StudyProgress& progress) { watch(progress); }, {},
              [this] { return std::chrono::duration_cast<std::chrono::nanoseconds>(Seconds(now_)); }) {
        file_.serve_many();
    }

    ~Simulation() {
        std::error_code ignored;
        for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path_.string() + end, ignored);
    }
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;

    Outcome run() {
        for (std::size_t worker = 0; worker < workers_.size(); ++worker)
            at(
                0, [this, worker] { claim(worker); }, true);
        at(0, [this] { look(); });
        while (!events_.empty() && ended_ < workers_.size() && outcome_.trainings < most_) take_all();
        outcome_.seconds = last_end_;
        for (const Worker& worker : workers_)
            if (worker.job) worked_ += std::max(last_end_ - worker.begun, 0.0);
        const double all = outcome_.seconds * static_cast<double>(workers_.size());
        outcome_.idle = 1 - worked_ / all;
        outcome_.exploring = exploring_ / all;
        outcome_.waiting = waited_ / all;
        outcome_.messages = static_cast<double>(asked_) / outcome_.seconds;
        outcome_.load = busy_ / outcome_.seconds;
        outcome_.message = 1e6 * busy_ / static_cast<double>(asked_);
        return outcome_;
    }

  private:
    struct Event {
        double time;
        std::uint64_t order;
        std::function<void()> happens;
        bool asks;  // a worker, who waits for the answer
        bool operator<(const Event& other) const { return std::tie(time, order) > std::tie(other.time, other.order); }
    };
    struct Worker {
        std::string claim;
        std::optional<StoredJob> job;
        double begun = 0;
    };

    /// Rank 0 takes what has come while it was busy, then plans.
    void take_all() {
        const double before = now_;
        now_ = std::max(events_.top().time, free_);
        if (explores_) exploring_ += (now_ - before) * static_cast<double>(workers_.size() - busy_workers_);
        took_ = 0;
        double asked_at = 0;
        std::size_t askers = 0;
        for (std::size_t left = workers_.size(); left > 0 && !events_.empty() && events_.top().time <= now_; --left) {
            const Event event = events_.top();
            events_.pop();
            if (event.asks) {
                asked_at += event.time;
                ++askers;
            }
            event.happens();
        }
        take_time([&] { server_.work(); });
        free_ = now_ + took_;
        busy_ += took_;
        waited_ += static_cast<double>(askers) * free_ - asked_at;
    }

    /// Does what rank 0 does, and what it takes counts.
    template <class Work>
    void take_time(Work&& work) {
        const auto begun = Wall::now();
        work();
        took_ += Seconds(Wall::now() - begun).count();
    }

    void at(double time, std::function<void()> happens, bool asks = false) {
        events_.push({time, order_++, std::move(happens), asks});
    }

    void watch(const StudyProgress& progress) {
        explores_ = !std::ranges::all_of(progress.paths, &FamilyPath::decided);
    }

    /// Rank 0 looks after its study without being asked.
    void look() {
        at(now_ + 5, [this] { look(); });
    }

    /// What a worker does with the answer takes rank 0 no time.
    void ask(const std::string& request, StudyServer::Reply reply) {
        ++asked_;
        take_time([&] {
            server_.take(request, [this, reply = std::move(reply)](const ServerAnswer& answer) {
                at(now_, [reply, answer] { reply(answer); });
            });
        });
    }

    /// The request that a call makes.
    template <class Call>
    std::string request_of(Call&& call) {
        std::string request;
        RemoteJobStore asking([&](const std::string& asked) -> std::string {
            request = asked;
            throw failed("asked");
        });
        try {
            call(asking);
        } catch (const Error&) {
            return request;
        }
        return request;
    }

    void claim(std::size_t index) {
        workers_[index].claim = new_claim();
        ask(request_of([&](JobStore& store) { store.claim(workers_[index].claim); }),
            [this, index](const ServerAnswer& answer) {
                Worker& worker = workers_[index];
                worker.job = RemoteJobStore([&](const std::string&) { return answer.answer; }).claim(worker.claim);
                if (worker.job)
                    begin(index);
                else if (answer.state == StudyState::kOver)
                    ++ended_;
                else
                    at(
                        now_, [this, index] { claim(index); }, true);
            });
    }

    void begin(std::size_t index) {
        Worker& worker = workers_[index];
        worker.begun = now_;
        ++busy_workers_;
        const double seconds = duration(worker.job->job);
        for (double renewed = 10; renewed < seconds; renewed += 10)
            at(now_ + renewed, [this, index, id = worker.job->id] {
                ask(request_of([&](JobStore& store) { store.renew(id, workers_[index].claim); }),
                    [](const ServerAnswer&) {});
            });
        at(
            now_ + seconds, [this, index, seconds] { end(index, seconds); }, true);
    }

    void end(std::size_t index, double seconds) {
        Worker& worker = workers_[index];
        const Job& job = worker.job->job;
        const bool is_final = job.role != Role::kFold && job.role != Role::kConfirm;
        const double accuracy = is_final ? std::nan("") : scores_.score(job.key, job.index).accuracy;
        worked_ += seconds;
        --busy_workers_;
        last_end_ = now_;
        ++outcome_.trainings;
        std::vector<EpochRecord> history(10);
        for (EpochRecord& epoch : history) {
            epoch.epoch = static_cast<int>(&epoch - history.data()) + 1;
            epoch.seconds = seconds / 10;
        }
        ask(request_of([&](JobStore& store) {
                store.finish(worker.job->id, worker.claim, {.accuracy = accuracy, .loss = 0.5, .history = history});
            }),
            [this, index](const ServerAnswer&) {
                at(
                    now_, [this, index] { claim(index); }, true);
            });
        worker.job.reset();
    }

    /// Trainings of a configuration take about the same, those of another up to some times that; at full length ten
    /// times as long.
    double duration(const Job& job) const {
        const double of_it = std::exp(0.4 * scores_.draw(job.key, 900));
        const double of_fold = std::exp(0.05 * scores_.draw(job.key, 901 + static_cast<std::uint32_t>(job.index)));
        return 60 * minutes_ * of_it * of_fold * (job.role == Role::kFold ? 1 : 10);
    }

    double minutes_;
    std::int64_t most_;
    std::vector<Worker> workers_;
    std::filesystem::path path_;
    SqliteJobStore file_;
    PlantedScores scores_{{.common = 0.25, .gains = 0.006}, 1};
    double now_ = 0;
    StudyServer server_;
    double free_ = 0;  // when rank 0 has answered what was asked so far
    double took_ = 0;  // of that, what came last
    double busy_ = 0;
    double worked_ = 0;
    double exploring_ = 0;
    bool explores_ = true;
    std::size_t busy_workers_ = 0;
    double waited_ = 0;
    double last_end_ = 0;
    std::int64_t asked_ = 0;
    std::size_t ended_ = 0;
    std::uint64_t order_ = 0;
    std::priority_queue<Event> events_;
    Outcome outcome_;
};

void simulate(const std::string& strategy, int combinations, double minutes, const std::vector<int>& workers,
              std::int64_t most, const std::filesystem::path& folder) {
    StudyRecipe study = read_study_recipe(INKLING_RECIPES "/study.toml", "full");
    study.time = 0;
    study.strategy = strategy == "random" ? StrategyKind::kRandom : StrategyKind::kSequential;
    fmt::print("{} workers  trainings   hours    idle  exploring  waiting  messages/s  rank 0 busy  a message\n",
               strategy == "random" ? "random    " : "sequential");
    for (const int count : workers) {
        study.samples = combinations > 0 ? combinations : 5 * count;
        const Outcome outcome = Simulation(study, count, minutes, most, folder).run();
        fmt::print("{:18} {:10} {:7.1f} {:6.1f}% {:9.1f}% {:7.3f}% {:11.1f} {:11.2f}% {:7.0f} us\n", count,
                   outcome.trainings, outcome.seconds / 3600, 100 * outcome.idle, 100 * outcome.exploring,
                   100 * outcome.waiting, outcome.messages, 100 * outcome.load, outcome.message);
        std::fflush(stdout);
    }
}

}  // namespace
}  // namespace inkling

/// Studies by many workers, in simulated time.
int main(int argc, char** argv) {
    std::string strategy = "sequential";
    std::vector<int> workers = {8, 32, 128};
    double minutes = 5;
    int combinations = 0;
    std::string folder = "/dev/shm";
    std::int64_t most = 1'000'000;
    CLI::App program(
        "Studies of recipes/study.toml, budget full, by many workers: real store and planner, planted scores and "
        "durations. idle: share of the workers' time in which they trained nothing; exploring: of it, before all "
        "rounds "
        "were decided; waiting: of it, in which they waited for rank 0's answers and not for others' trainings; "
        "messages: requests that rank "
        "0 answered each second; busy: share of its processor that answers and plans took; a message: its mean time");
    program.add_option("--strategy", strategy, "sequential or random")->check(CLI::IsMember({"sequential", "random"}));
    program.add_option("--workers", workers, "How many")->delimiter(',');
    program.add_option("--minutes", minutes, "Of a training on a fold, about")->check(CLI::Range(0.01, 1000.0));
    program.add_option("--combinations", combinations, "Of random, of each family; 0: five for each worker")
        ->check(CLI::Range(0, 100'000));
    program.add_option("--trainings", most, "Ends after so many, before all wait for the last ones");
    program.add_option("--folder", folder, "For the store's file");
    CLI11_PARSE(program, argc, argv);
    try {
        inkling::simulate(strategy, combinations, minutes, workers, most, folder);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "cluster_simulation: {}\n", error.what());
        return 1;
    }
}
