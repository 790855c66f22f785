#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "cli/commands.h"
#include "cli/profile.h"
#include "cli/recipes.h"
#include "core/error.h"
#include "core/random.h"
#include "core/threads.h"
#include "nn/processor.h"
#include "nn/spec.h"
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
    std::string precision;  // empty: the recipe's
    int batch_size = 256;
    double seconds = 8;
    bool profile = false;
    RunOptions run;
};

struct Timing {
    double median = 0;  // seconds a step
    double fastest = 0;
    double mean = 0;  // where other programs are at work, more than the median: some steps wait long
    std::size_t steps = 0;
};

/// Times steps; `begin` is called when those that warm up are over.
Timing measure(const std::function<void()>& step, double seconds, const std::function<void()>& begin) {
    using Clock = std::chrono::steady_clock;
    using Seconds = std::chrono::duration<double>;
    for (int i = 0; i < kWarmupSteps; ++i) step();
    begin();
    std::vector<double> times;
    const auto start = Clock::now();
    while (Seconds(Clock::now() - start).count() < seconds || times.size() < kFewestSteps) {
        const auto tick = Clock::now();
        step();
        times.push_back(Seconds(Clock::now() - tick).count());
    }
    std::sort(times.begin(), times.end());
    return {.median = times[times.size() / 2],
            .fastest = times.front(),
            .mean = std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(times.size()),
            .steps = times.size()};
}

/// Random images stand in the network's input, as if a batch had just been loaded; returns random labels.
std::vector<std::int32_t> fill_randomly(Network& network) {
    RandomStream random(0, Purpose::kBenchmark);
    for (float& value : network.input()) value = random.uniform();
    std::vector<std::int32_t> labels(static_cast<std::size_t>(network.batch_size()));
    for (std::int32_t& label : labels) label = static_cast<std::int32_t>(random.below(kClasses));
    return labels;
}

void watch(Network& network, Stopwatch* stopwatch) {
    if (stopwatch == nullptr) return;
    stopwatch->reset();
    network.watch(stopwatch);
}

Timing measure_training(Network& network, const Recipe& recipe, double seconds, Stopwatch* stopwatch) {
    const TrainingSpec& training = recipe.training;
    Optimizer optimizer(training.optimizer, training.regularization, network);
    const auto labels = fill_randomly(network);
    std::uint32_t step = 0;
    const auto train = [&] {
        if (stopwatch != nullptr) stopwatch->start();
        train_step(network, optimizer, training, {.label_smoothing = training.label_smoothing}, {.labels = labels},
                   training.optimizer.learning_rate, step++);
        if (stopwatch != nullptr) stopwatch->lap({.kind = WorkKind::kUpdate, .part = WorkPart::kForward});
    };
    return measure(train, seconds, [&] { watch(network, stopwatch); });
}

Timing measure_inference(Network& network, double seconds, Stopwatch* stopwatch) {
    fill_randomly(network);
    const auto infer = [&] {
        if (stopwatch != nullptr) stopwatch->start();
        network.forward({});
    };
    return measure(infer, seconds, [&] { watch(network, stopwatch); });
}

/// The most memory that this program ever held. Not getrusage()'s, which begins with what the program held that started
/// this one.
long peak_rss_mib() {
    std::ifstream status("/proc/self/status");
    const std::string name = "VmHWM:";
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name)) return std::stol(line.substr(name.size())) / 1024;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

/// What the network's arithmetic comes to, beside what the processor can do at most. In floating-point operations.
struct Arithmetic {
    std::uint64_t operations = 0;  // an image
    double rate = 0;               // a second, as the rest
    double float_peak = 0;
    double bfloat16_peak = 0;  // 0 where the processor has no instruction for it
    double peak = 0;           // of the precision that multiplied

    double share() const { return rate / peak; }
};

Arithmetic measure_arithmetic(const Network& network, bool train, double images_per_second) {
    const OperationCount count = count_operations(network.spec(), kClasses);
    Arithmetic result{.operations = train ? count.training : count.forward,
                      .float_peak = multiply_add_peak(Precision::kFloat32),
                      .bfloat16_peak = multiply_add_peak(Precision::kBfloat16)};
    result.rate = static_cast<double>(result.operations) * images_per_second;
    const bool natively = network.precision() == Precision::kBfloat16 && result.bfloat16_peak > 0;
    result.peak = natively ? result.bfloat16_peak : result.float_peak;
    return result;
}

void add_arithmetic(const Arithmetic& arithmetic, nlohmann::ordered_json& json) {
    json["operations_per_image"] = arithmetic.operations;
    json["gflops"] = arithmetic.rate / 1e9;
    json["fp32_peak_gflops"] = arithmetic.float_peak / 1e9;
    json["bf16_peak_gflops"] = nullptr;
    if (arithmetic.bfloat16_peak > 0) json["bf16_peak_gflops"] = arithmetic.bfloat16_peak / 1e9;
    json["peak_share"] = arithmetic.share();
}

void run_bench(const BenchOptions& options) {
    options.run.apply();
    std::vector<std::string> overrides = options.overrides;
    if (!options.precision.empty()) overrides.push_back("training.precision=" + options.precision);
    const Recipe recipe = read_recipe(find_recipe(options.recipe), overrides);
    const PrecisionChoice precision = settled_precision(recipe, kClasses);
    print_bf16_note(precision == PrecisionChoice::kBf16, options.run);
    const bool train = options.task == "train";
    Network network(recipe.network, kClasses, options.batch_size, train ? Network::Mode::kTrain : Network::Mode::kInfer,
                    network_precision(recipe, kClasses));
    initialize(network, recipe.training.seed);
    Stopwatch stopwatch;
    Stopwatch* const watched = options.profile ? &stopwatch : nullptr;
    const Timing timing = train ? measure_training(network, recipe, options.seconds, watched)
                                : measure_inference(network, options.seconds, watched);
    const std::size_t value_size = bytes_of(network.precision());
    const double images_per_second = options.batch_size / timing.median;
    const long memory = peak_rss_mib();
    const Arithmetic arithmetic = measure_arithmetic(network, train, images_per_second);
    const auto milliseconds = [](double seconds) { return 1e3 * seconds; };
    if (!options.run.json.empty()) {
        nlohmann::ordered_json json = {{"network", recipe.name},
                                       {"task", options.task},
                                       {"precision", precision_name(precision)},
                                       {"batch", options.batch_size},
                                       {"threads", thread_count()},
                                       {"images_per_second", images_per_second},
                                       {"images_per_second_mean", options.batch_size / timing.mean},
                                       {"step_ms_median", milliseconds(timing.median)},
                                       {"step_ms_min", milliseconds(timing.fastest)},
                                       {"steps", timing.steps},
                                       {"parameters", network.parameters().size()},
                                       {"peak_rss_mib", memory},
                                       {"version", INKLING_VERSION}};
        add_arithmetic(arithmetic, json);
        if (options.profile) json["profile"] = profile_json(stopwatch, timing.steps, value_size);
        options.run.write_json(json.dump(2) + "\n");
    }
    if (!options.run.quiet) {
        fmt::print(
            "{} {} in {}, batch {}, {} threads: {:.0f} images/s "
            "(step {:.3f} ms, mean {:.3f} ms, fastest {:.3f} ms), {} MiB\n",
            recipe.name, options.task, precision_name(precision), options.batch_size, thread_count(), images_per_second,
            milliseconds(timing.median), milliseconds(timing.mean), milliseconds(timing.fastest), memory);
        fmt::print("{:.2f} million operations an image: {:.1f} GFLOP/s, {:.0f}% of the {:.1f} of multiply-adds alone\n",
                   1e-6 * static_cast<double>(arithmetic.operations), arithmetic.rate / 1e9, 100 * arithmetic.share(),
                   arithmetic.peak / 1e9);
        if (options.profile) fmt::print("\n{}", profile_table(stopwatch, timing.steps, value_size));
    }
}

}  // namespace

void add_bench_command(const Command& program) {
    auto options = std::make_shared<BenchOptions>();
    const Command command = program.command("bench", "Measures a network's own speed, on random images");
    command.text("--recipe", options->recipe, "RECIPE", "Recipe: a TOML file, or the name of one that comes along");
    command.require("--recipe");
    command.texts("--set", options->overrides, "SECTION.KEY=VALUE", "Replaces a value of the recipe; repeatable");
    command.choice("--task", options->task, {"train", "infer"},
                   "train: whole steps with the update; infer: forward only");
    command.choice("--precision", options->precision, {"fp32", "bf16", "auto"},
                   "In place of the recipe's [training] precision; auto: by network and processor");
    command.integer("--batch", options->batch_size, 1, 65536, "Images a step");
    command.number("--seconds", options->seconds, 0, 3600, "S", "How long to measure, after a warm-up");
    command.flag("--profile", options->profile, "Says what a step's time goes to, by kind of stage and direction");
    options->run.add_to(command);
    command.footer(
        "Images a second come from the median step. Operations are the two of each multiply-add in convolutions and\n"
        "dense layers; their rate stands beside that of multiply-adds alone, measured in the same run.\n\n"
        "Example:\n"
        "  inkling bench --recipe cnn3 --task train --batch 256 --threads 2 --seconds 8");
    command.action([options] { run_bench(*options); });
}

}  // namespace inkling::cli
