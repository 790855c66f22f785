// Times the steps of trainings whose batches processes share, and what of them goes into sums over the processes.
//
//     build/release/bench/shared_training/shared_training --threads 2
//     mpirun -n 2 build/release/bench/shared_training/shared_training --threads 1
//
// The first line's images a second beside the second's are what sharing costs on one machine. For each recipe it prints
// the median step and, of that step's kind, the median time in sums, as rank 0 sees them: waiting for others included.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>

#include "cli/group_exchange.h"
#include "core/error.h"
#include "core/random.h"
#include "core/threads.h"
#include "train/step.h"

namespace inkling {
namespace {

constexpr int kClasses = 47;  // of EMNIST Balanced
constexpr int kWarmupSteps = 5;

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

struct Options {
    std::vector<std::string> recipes = {"mlp3", "cnn3", "vgg6"};
    int batch_size = 256;
    int threads = 1;
    int steps = 40;
    bool reproducible = false;
    bool sync_batch_norm = true;
};

/// An exchange that takes the time of its calls: of sums that were begun, what is not made beside other work.
class TimedExchange : public cli::GroupExchange {
  public:
    using GroupExchange::GroupExchange;
    void sum(std::span<float> values) override {
        take_time([&] { GroupExchange::sum(values); });
    }
    void sum(std::span<double> values) override {
        take_time([&] { GroupExchange::sum(values); });
    }
    void begin_sum(std::span<float> values) override {
        take_time([&] { GroupExchange::begin_sum(values); });
    }
    void advance_sums() override {
        take_time([&] { GroupExchange::advance_sums(); });
    }
    void finish_sums() override {
        take_time([&] { GroupExchange::finish_sums(); });
    }

    /// Since the last call.
    double milliseconds() { return std::exchange(milliseconds_, 0.0); }

  private:
    template <class Call>
    void take_time(Call&& call) {
        if (timed_) return call();  // within another
        timed_ = true;
        const auto start = Clock::now();
        call();
        milliseconds_ += milliseconds_since(start);
        timed_ = false;
    }

    double milliseconds_ = 0;
    bool timed_ = false;
};

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
    return values[values.size() / 2];
}

void measure(const std::string& name, const Options& options, Group& group) {
    const Recipe recipe = read_recipe(fmt::format("{}/{}.toml", INKLING_RECIPES, name));
    TimedExchange exchange(group, options.reproducible ? SumOrder::kTree : SumOrder::kFastest);
    const Sharing sharing{.exchange = group.size() > 1 ? &exchange : nullptr,
                          .reproducible = options.reproducible,
                          .sync_batch_norm = options.sync_batch_norm};
    if (options.batch_size % group.size() != 0)
        throw wrong_usage("--batch-size {}: expected a multiple of {} processes", options.batch_size, group.size());
    Network network(recipe.network, kClasses, options.batch_size / group.size(), Network::Mode::kTrain,
                    network_precision(recipe, kClasses), sharing);
    initialize(network, 0);
    Optimizer optimizer(recipe.training.optimizer, recipe.training.regularization, network);
    RandomStream random(0, Purpose::kBenchmark, static_cast<std::uint32_t>(group.rank()));
    for (float& value : network.input()) value = random.uniform();
    std::vector<std::int32_t> labels(static_cast<std::size_t>(network.batch_size()));
    for (std::int32_t& label : labels) label = static_cast<std::int32_t>(random.below(kClasses));
    std::vector<double> steps, sums;
    for (int step = 0; step < kWarmupSteps + options.steps; ++step) {
        const auto start = Clock::now();
        train_step(network, optimizer, recipe.training, {}, {.labels = labels}, recipe.training.optimizer.learning_rate,
                   static_cast<std::uint32_t>(step));
        const double taken = milliseconds_since(start);
        const double in_sums = exchange.milliseconds();
        if (step < kWarmupSteps) continue;
        steps.push_back(taken);
        sums.push_back(in_sums);
    }
    if (group.rank() > 0) return;
    const double step = median(steps);
    fmt::print("{:<8} {:>9} parameters  {:>9.2f} ms a step  {:>9.2f} ms in sums  {:>9.0f} images/s\n", name,
               network.parameters().size(), step, median(sums), options.batch_size * 1000 / step);
    std::fflush(stdout);
}

int run(int argc, char** argv) {
    CLI::App program{"Times the steps of trainings whose batches processes share"};
    Options options;
    program.add_option("recipes", options.recipes, "Names of recipes that come along")->capture_default_str();
    program.add_option("--batch-size", options.batch_size, "Images of a step, of all processes")->capture_default_str();
    program.add_option("--threads", options.threads, "Of each process")->capture_default_str();
    program.add_option("--steps", options.steps, "To measure")->capture_default_str();
    program.add_flag("--reproducible", options.reproducible, "Sums as train --reproducible makes them");
    program.add_flag("!--no-sync-batch-norm", options.sync_batch_norm, "Batch norm by process");
    CLI11_PARSE(program, argc, argv);
    set_thread_count(options.threads);
    Group group;
    try {
        if (group.rank() == 0)
            fmt::print("{} processes of {} threads, batch {}{}{}\n", group.size(), options.threads, options.batch_size,
                       options.reproducible ? ", reproducible" : "",
                       options.sync_batch_norm ? "" : ", batch norm by process");
        for (const std::string& name : options.recipes) measure(name, options, group);
    } catch (const Error& error) {
        fmt::print(stderr, "shared_training: {}\n", error.what());
        group.end_job(error.status());
    }
    return 0;
}

}  // namespace
}  // namespace inkling

int main(int argc, char** argv) { return inkling::run(argc, argv); }
