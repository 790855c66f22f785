// The path so far, written down for who reads the store with other tools.

#include <cmath>

#include "study/statistics.h"
#include "study/store.h"

namespace inkling {

void Store::save_path(const std::string& family, const FamilyPath& path) {
    Transaction transaction(database_);
    database_.prepare("DELETE FROM techniques WHERE family = ?").bind(0, family).run();
    for (std::size_t r = 0; r < path.rounds.size(); ++r) {
        const RoundPath& round = path.rounds[r];
        database_.prepare("INSERT INTO techniques (family, position, name, decided) VALUES (?, ?, ?, ?)")
            .bind(0, family)
            .bind(1, static_cast<std::int64_t>(r))
            .bind(2, round.name)
            .bind(3, std::int64_t{round.decided})
            .run();
        const std::int64_t technique = database_.last_row_id();
        for (std::size_t o = 0; o < round.options.size(); ++o) {
            const OptionPath& option = round.options[o];
            const Trial& trial = option.trial();
            const MeanDeviation score = mean_deviation(trial.scores);
            const double none = std::nan("");
            database_
                .prepare(
                    "INSERT INTO options (technique, position, name, status, chosen, learning_rate, folds, "
                    "mean_accuracy, deviation, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
                .bind(0, technique)
                .bind(1, static_cast<std::int64_t>(o))
                .bind(2, option.name)
                .bind(3, trial_status_name(trial.status))
                .bind(4, std::int64_t{round.decided && round.winner == o})
                .bind(5, trial.candidate.learning_rate)
                .bind(6, static_cast<std::int64_t>(trial.scores.size()))
                .bind(7, trial.scores.empty() ? none : score.mean)
                .bind(8, trial.scores.size() < 2 ? none : score.deviation)
                .bind(9, trial.reason)
                .run();
            const std::int64_t option_id = database_.last_row_id();
            Statement candidate = database_.prepare(
                "INSERT INTO candidates SELECT ?, id FROM trials WHERE key = ? ON CONFLICT DO NOTHING");
            for (const Trial& tried : option.trials) candidate.bind(0, option_id).bind(1, tried.key).run();
        }
    }
    transaction.commit();
}

}  // namespace inkling
