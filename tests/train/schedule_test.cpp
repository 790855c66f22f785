#include "train/schedule.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fixtures.h"

namespace inkling {
namespace {

using nlohmann::json;

constexpr ScheduleKind kKinds[] = {ScheduleKind::kConstant,    ScheduleKind::kStep,           ScheduleKind::kMultistep,
                                   ScheduleKind::kExponential, ScheduleKind::kPolynomial,     ScheduleKind::kCosine,
                                   ScheduleKind::kOneCycle,    ScheduleKind::kReduceOnPlateau};

ScheduleKind kind_named(const std::string& name) {
    return *std::ranges::find_if(kKinds, [&](ScheduleKind kind) { return schedule_name(kind) == name; });
}

ScheduleSpec schedule_spec(const json& settings) {
    ScheduleSpec spec;
    spec.kind = kind_named(settings["schedule"]);
    spec.warmup_epochs = settings.value("warmup_epochs", spec.warmup_epochs);
    spec.warmup_start_factor = settings.value("warmup_start_factor", spec.warmup_start_factor);
    spec.step_epochs = settings.value("step_epochs", spec.step_epochs);
    spec.milestones = settings.value("milestones", spec.milestones);
    spec.gamma = settings.value("gamma", spec.gamma);
    spec.power = settings.value("power", spec.power);
    spec.min_learning_rate = settings.value("min_learning_rate", spec.min_learning_rate);
    spec.restart_epochs = settings.value("restart_epochs", spec.restart_epochs);
    spec.restart_factor = settings.value("restart_factor", spec.restart_factor);
    spec.warmup_fraction = settings.value("warmup_fraction", spec.warmup_fraction);
    spec.initial_divisor = settings.value("initial_divisor", spec.initial_divisor);
    spec.final_divisor = settings.value("final_divisor", spec.final_divisor);
    spec.plateau_factor = settings.value("plateau_factor", spec.plateau_factor);
    spec.plateau_patience = settings.value("plateau_patience", spec.plateau_patience);
    spec.plateau_threshold = settings.value("plateau_threshold", spec.plateau_threshold);
    spec.plateau_cooldown = settings.value("plateau_cooldown", spec.plateau_cooldown);
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
                schedule.end_epoch(losses[epoch]);
        }
    }
}

TEST(Schedule, StaysAtItsLastRateBeyondTheEnd) {
    ScheduleSpec spec;
    spec.kind = ScheduleKind::kPolynomial;
    const Schedule schedule(spec, 1, 2, 5);
    EXPECT_FLOAT_EQ(schedule.learning_rate(9), 0.1f);
    EXPECT_EQ(schedule.learning_rate(10), schedule.learning_rate(9));
    EXPECT_EQ(schedule.learning_rate(1'000'000), schedule.learning_rate(9));
}

TEST(Schedule, GoesOnExactlyFromSavedPlateauState) {
    ScheduleSpec spec;
    spec.kind = ScheduleKind::kReduceOnPlateau;
    spec.plateau_patience = 1;
    spec.plateau_cooldown = 2;
    const double losses[] = {1, 0.9, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95};
    for (int cut = 0; cut < 10; ++cut) {
        Schedule unbroken(spec, 0.1f, 10, 1), resumed(spec, 0.1f, 10, 1);
        for (int epoch = 0; epoch < 10; ++epoch) {
            if (epoch == cut) resumed.restore(unbroken.plateau());
            unbroken.end_epoch(losses[epoch]);
            if (epoch >= cut) resumed.end_epoch(losses[epoch]);
        }
        EXPECT_LT(unbroken.learning_rate(9), 0.1f);
        EXPECT_EQ(unbroken.learning_rate(9), resumed.learning_rate(9)) << "cut before epoch " << cut;
    }
}

TEST(Schedule, MayBeAllWarmup) {
    for (const ScheduleKind kind : kKinds) {
        ScheduleSpec spec;
        spec.kind = kind;
        spec.warmup_epochs = 2;
        spec.warmup_start_factor = 0.5f;
        const Schedule schedule(spec, 0.1f, 2, 5);
        EXPECT_FLOAT_EQ(schedule.learning_rate(5) / schedule.learning_rate(0), 1.5f) << schedule_name(kind);
    }
}

}  // namespace
}  // namespace inkling
