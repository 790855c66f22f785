#include "train/schedule.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "documented.h"
#include "fixtures.h"
#include "kind_fixtures.h"

namespace inkling {
namespace {

using nlohmann::json;

ScheduleSpec schedule_spec(const json& settings) {
    ScheduleSpec spec{fixture_kind<ScheduleKind>(settings["schedule"], settings)};
    spec.warmup_epochs = settings.value("warmup_epochs", spec.warmup_epochs);
    spec.warmup_start_factor = settings.value("warmup_start_factor", spec.warmup_start_factor);
    return spec;
}

TEST(Schedule, EqualsPyTorchAtEveryStep) {
    const json fixture = read_fixture("schedules.json");
    for (const json& settings : fixture["cases"]) {
        const int epochs = settings["epochs"];
        const std::int64_t steps_per_epoch = settings["steps_per_epoch"];
        Schedule schedule(schedule_spec(settings), settings["learning_rate"], epochs, steps_per_epoch);
        const std::vector<double> losses = settings.value("losses", std::vector<double>{});
        const std::vector<double> rates = settings["rates"];
        ASSERT_EQ(rates.size(), static_cast<std::size_t>(epochs * steps_per_epoch));
        for (std::size_t step = 0; step < rates.size(); ++step) {
            const std::size_t epoch = step / static_cast<std::size_t>(steps_per_epoch);
            EXPECT_NEAR(schedule.learning_rate(static_cast<std::int64_t>(step)), rates[step], 1e-6 * rates[step])
                << settings.dump().substr(0, 200) << " at step " << step;
            if ((step + 1) % static_cast<std::size_t>(steps_per_epoch) == 0 && !losses.empty())
                schedule.end_epoch(static_cast<int>(epoch), losses[epoch]);
        }
    }
}

TEST(Schedule, StaysAtItsLastRateBeyondTheEnd) {
    const Schedule schedule({schedule::Polynomial{}}, 1, 2, 5);
    EXPECT_FLOAT_EQ(schedule.learning_rate(9), 0.1f);
    EXPECT_EQ(schedule.learning_rate(10), schedule.learning_rate(9));
    EXPECT_EQ(schedule.learning_rate(1'000'000), schedule.learning_rate(9));
}

TEST(Schedule, GoesOnExactlyFromSavedPlateauState) {
    const ScheduleSpec spec{schedule::ReduceOnPlateau{.patience = 1, .cooldown = 2}};
    const double losses[] = {1, 0.9, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95};
    for (int cut = 0; cut < 10; ++cut) {
        Schedule unbroken(spec, 0.1f, 10, 1), resumed(spec, 0.1f, 10, 1);
        for (int epoch = 0; epoch < 10; ++epoch) {
            if (epoch == cut) resumed.restore(unbroken.plateau());
            unbroken.end_epoch(epoch, losses[epoch]);
            if (epoch >= cut) resumed.end_epoch(epoch, losses[epoch]);
        }
        EXPECT_LT(unbroken.learning_rate(9), 0.1f);
        EXPECT_EQ(unbroken.learning_rate(9), resumed.learning_rate(9)) << "cut before epoch " << cut;
    }
}

TEST(Schedule, MayBeAllWarmup) {
    for_each_kind<ScheduleKind>([](const auto& kind) {
        const Schedule schedule({kind, 2, 0.5f}, 0.1f, 2, 5);
        EXPECT_FLOAT_EQ(schedule.learning_rate(5) / schedule.learning_rate(0), 1.5f) << kind.kName;
    });
}

TEST(Schedule, HearsNoLossDuringWarmup) {
    Schedule schedule({schedule::ReduceOnPlateau{.patience = 0}, 4}, 0.1f, 10, 5);
    for (int epoch = 0; epoch < 4; ++epoch) schedule.end_epoch(epoch, 1 + epoch);
    EXPECT_FLOAT_EQ(schedule.learning_rate(20), 0.1f);
    schedule.end_epoch(4, 9);  // the first that counts
    EXPECT_FLOAT_EQ(schedule.learning_rate(25), 0.1f);
    schedule.end_epoch(5, 9);
    EXPECT_FLOAT_EQ(schedule.learning_rate(30), 0.01f);
}

/// The rates of a training in which the loss never falls, a loss an epoch.
std::vector<float> rates_of(const ScheduleSpec& spec, int epochs, std::int64_t steps_per_epoch) {
    Schedule schedule(spec, 0.1f, epochs, steps_per_epoch);
    std::vector<float> rates;
    for (std::int64_t step = 0; step < epochs * steps_per_epoch; ++step) {
        rates.push_back(schedule.learning_rate(step));
        if ((step + 1) % steps_per_epoch == 0) schedule.end_epoch(static_cast<int>(step / steps_per_epoch), 1);
    }
    return rates;
}

TEST(Schedule, InFractionsIsThatInEpochsOfTheSameLength) {
    const auto expect_equal = [](const ScheduleSpec& fraction, const ScheduleSpec& absolute) {
        const std::vector<float> rates = rates_of(fraction, 20, 10);
        const std::vector<float> expected = rates_of(absolute, 20, 10);
        for (std::size_t step = 0; step < rates.size(); ++step) ASSERT_NEAR(rates[step], expected[step], 1e-7) << step;
    };
    expect_equal({schedule::Step{.step_fraction = 0.1f}}, {schedule::Step{.step_epochs = 2}});
    expect_equal({schedule::Exponential{.end_factor = 0.05f}},
                 {schedule::Exponential{.gamma = std::pow(0.05f, 1 / 20.0f)}});
    expect_equal({schedule::ReduceOnPlateau{.patience_fraction = 0.16f}}, {schedule::ReduceOnPlateau{.patience = 3}});
    expect_equal({.kind = schedule::Cosine{}, .warmup_share = 0.15f}, {.kind = schedule::Cosine{}, .warmup_epochs = 3});
}

TEST(Schedule, InFractionsIsTheSameInAShortTrainingAndInALongOne) {
    for (const ScheduleKind& kind :
         {ScheduleKind(schedule::Step{.step_fraction = 0.3f}), ScheduleKind(schedule::Exponential{.end_factor = 0.1f}),
          ScheduleKind(schedule::ReduceOnPlateau{.patience_fraction = 0.25f})}) {
        const std::vector<float> brief = rates_of({.kind = kind, .warmup_share = 0.25f}, 8, 10);
        const std::vector<float> whole = rates_of({.kind = kind, .warmup_share = 0.25f}, 16, 10);
        EXPECT_NEAR(brief.back() / brief[40], whole.back() / whole[80], 0.1f) << name_of(kind);
        EXPECT_FLOAT_EQ(brief[10], whole[20]) << name_of(kind);
        EXPECT_LT(brief.back(), brief[20]) << name_of(kind);
    }
}

TEST(EverySchedule, IsComparedWithPyTorch) {
    std::vector<std::string> names;
    const json fixture = read_fixture("schedules.json");
    for (const json& settings : fixture["cases"]) names.push_back(settings["schedule"]);
    EXPECT_EQ(kinds_missing_in<ScheduleKind>(names), std::vector<std::string>{});
}

TEST(EverySchedule, IsDocumented) { expect_documented<ScheduleKind>("schedule", "kind"); }

}  // namespace
}  // namespace inkling
