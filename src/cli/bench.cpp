#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/recipes.h"
#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "core/threads.h"
#include "train/optimizer.h"
#include "train/recipe.h"
#include "train/step.h"

namespace inkling::cli {
namespace {

constexpr int kClasses = 47;  // of EMNIST Balanced
constexpr int kWarmupSteps = 5;
constexpr std::size_t kFewestSteps = 10;

struct BenchOptions {
    std::string recipe;
    std::vector<std::string> overrides;
    std::string task = "train";
    int batch_size = 256;
    double seconds = 8;
    RunOptions run;
};

struct Timing {
    double median = 0;  // seconds a step
    double fastest = 0;
    std::size_t steps = 0;
};

Timing measure(const std::function<void()>& step, double seconds) {
    using Clock = std::chrono::steady_clock;
    using Seconds = std::chrono::duration<double>;
    for (int i = 0; i < kWarmupSteps; ++i) step();
    std::vector<double> times;
    const auto start = Clock::now();
    while (Seconds(Clock::now() - start).count() < seconds || times.size() < kFewestSteps) {
        const auto tick = Clock::now();
        step();
        times.push_back(Seconds(Clock::now() - tick).count());
    }
    std::sort(times.begin(), times.end());
    return {.median = times[times.size() / 2], .fastest = times.front(), .steps = times.size()};
}

/// Random images stand in the network's input, as if a batch had just been loaded; returns random labels.
std::vector<std::int32_t> fill_randomly(Network& network) {
    RandomStream random(0, Purpose::kBenchmark);
    for (float& value : network.input()) value = random.uniform();
    std::vector<std::int32_t> labels(static_cast<std::size_t>(network.batch_size()));
    for (std::int32_t& label : labels) label = static_cast<std::int32_t>(random.below(kClasses));
    return labels;
}

Timing measure_training(Network& network, const Recipe& recipe, double seconds) {
    const TrainingSpec& training = recipe.training;
    Optimizer optimizer(training.optimizer, training.regularization, network.parameters().size(),
                        network.regularized_count());
    const auto labels = fill_randomly(network);
    std::uint32_t step = 0;
    return measure([&] { train_step(network, optimizer, training, labels, training.optimizer.learning_rate, step++); },
                   seconds);
}

Timing measure_inference(Network& network, double seconds) {
    fill_randomly(network);
    return measure([&] { network.forward({}); }, seconds);
}

long peak_rss_mib() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

void run_bench(const BenchOptions& options) {
    options.run.apply();
    const Recipe recipe = read_recipe(find_recipe(options.recipe), options.overrides);
    const bool train = options.task == "train";
    Network network(recipe.network, kClasses, options.batch_size,
                    train ? Network::Mode::kTrain : Network::Mode::kInfer);
    initialize(network, recipe.training.seed);
    const Timing timing =
        train ? measure_training(network, recipe, options.seconds) : measure_inference(network, options.seconds);
    const double images_per_second = options.batch_size / timing.median;
    const auto milliseconds = [](double seconds) { return 1e3 * seconds; };
    if (!options.run.json.empty()) {
        const nlohmann::ordered_json json = {{"network", recipe.name},
                                             {"task", options.task},
                                             {"batch", options.batch_size},
                                             {"threads", thread_count()},
                                             {"images_per_second", images_per_second},
                                             {"step_ms_median", milliseconds(timing.median)},
                                             {"step_ms_min", milliseconds(timing.fastest)},
                                             {"steps", timing.steps},
                                             {"parameters", network.parameters().size()},
                                             {"peak_rss_mib", peak_rss_mib()},
                                             {"version", INKLING_VERSION}};
        write_file(options.run.json, json.dump(2) + "\n");
    }
    if (!options.run.quiet)
        fmt::print("{} {}, batch {}, {} threads: {:.0f} images/s (step {:.3f} ms, fastest {:.3f} ms), {} MiB\n",
                   recipe.name, options.task, options.batch_size, thread_count(), images_per_second,
                   milliseconds(timing.median), milliseconds(timing.fastest), peak_rss_mib());
}

}  // namespace

void add_bench_command(CLI::App& app) {
    auto options = std::make_shared<BenchOptions>();
    CLI::App& command = *app.add_subcommand("bench", "Measures a network's own speed, on random images");
    command.add_option("--recipe", options->recipe, "Recipe: a TOML file, or the name of one that comes along")
        ->type_name("RECIPE")
        ->required();
    command.add_option("--set", options->overrides, "Replaces a value of the recipe; repeatable")
        ->type_name("SECTION.KEY=VALUE")
        ->expected(1)
        ->take_all();
    command.add_option("--task", options->task, "train: whole steps with the update; infer: forward only")
        ->check(CLI::IsMember({"train", "infer"}))
        ->capture_default_str();
    command.add_option("--batch", options->batch_size, "Images a step")
        ->type_name("N")
        ->check(CLI::Range(1, 65536))
        ->capture_default_str();
    command.add_option("--seconds", options->seconds, "How long to measure, after a warm-up")
        ->type_name("S")
        ->check(CLI::Range(0.0, 3600.0))
        ->capture_default_str();
    options->run.add_to(command);
    command.footer(
        "Images a second come from the median step.\n\n"
        "Example:\n"
        "  inkling bench --recipe cnn3 --task train --batch 256 --threads 2 --seconds 8");
    command.callback([options] { run_bench(*options); });
}

}  // namespace inkling::cli
