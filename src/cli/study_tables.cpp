#include "cli/study_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/csv.h"
#include "core/progress.h"
#include "study/choices.h"
#include "study/statistics.h"

namespace inkling::cli {
namespace {

using nlohmann::ordered_json;

/// A trial with its place in the study.
struct Row {
    std::string family;
    std::string technique;
    std::string option;
    const Trial& trial;
    bool chosen;
    const Comparison* beside_chosen;  // null where it is not compared
};

/// What the fresh folds score: baseline, each step that changed something, and the final one without each choice.
template <class Visit>
void each_fresh_row(const FamilyResults& family, Visit&& visit) {
    if (!family.path.fresh) return;
    const FreshFolds& fresh = *family.path.fresh;
    const auto show = [&](const std::string& name, std::size_t trial) {
        visit(Row{family.family.name, "fresh folds", name, fresh.trials[trial], trial == fresh.final_trial(), nullptr});
    };
    show("baseline", fresh.steps.front());
    for (std::size_t i = 0; i < family.path.rounds.size(); ++i) {
        const RoundPath& round = family.path.rounds[i];
        if (changes_configuration(round))
            show(fmt::format("{}: {}", round.name, round.options[round.winner].name), fresh.steps[i + 1]);
    }
    for (const ChoiceWorth& worth : fresh.worths)
        show(fmt::format("without {}", family.path.rounds[worth.round].name), worth.trial);
    if (fresh.confirmed) show("confirmed", *fresh.confirmed);
}

template <class Visit>
void each_row(const StudyResults& results, Visit&& visit) {
    for (const FamilyResults& family : results.families)
        for (const RoundPath& round : family.path.rounds)
            for (const OptionPath& option : round.options)
                for (const Trial& trial : option.trials) {
                    const bool wins = round.decided && &round.options[round.winner] == &option;
                    const bool stands = &option.trial() == &trial;
                    visit(Row{family.family.name, round.name, option.name, trial, wins && stands,
                              stands && option.beside_chosen ? &*option.beside_chosen : nullptr});
                }
    for (const FamilyResults& family : results.families) {
        each_fresh_row(family, visit);
        if (const auto& confirmation = family.path.confirmation)
            for (const ConfirmedOption& option : confirmation->options)
                visit(Row{family.family.name, "confirmation", option.name, option.trial,
                          confirmation->decided && &option == &confirmation->options[confirmation->chosen], nullptr});
    }
}

std::string percent(double share) { return fmt::format("{:.2f}%", 100 * share); }

/// "81.23% ± 0.20"; "79.10% in tuning" where it was not compared; or nothing.
std::string score_text(const Trial& trial) {
    if (trial.scores.empty() && trial.tuning) return percent(*trial.tuning) + " in tuning";
    if (trial.scores.empty()) return {};
    const MeanDeviation score = mean_deviation(trial.scores);
    return trial.scores.size() < 2 ? percent(score.mean)
                                   : fmt::format("{} ± {:.2f}", percent(score.mean), 100 * score.deviation);
}

/// "  chosen", or "  undecided, -0.31 points [-1.20, 0.58] on 5 folds".
std::string verdict_text(const Row& row) {
    if (row.chosen) return "  chosen";
    if (row.beside_chosen == nullptr) return {};
    const auto& [difference, verdict] = *row.beside_chosen;
    return fmt::format("  {}, {:+.2f} points [{:.2f}, {:.2f}] on {} folds",
                       verdict == Verdict::kBetter ? "worse" : verdict_name(verdict), 100 * difference.mean,
                       100 * difference.interval.low, 100 * difference.interval.high, difference.folds);
}

std::string points(double share) { return fmt::format("{:+.2f}", 100 * share); }

/// "best mlp over baseline mlp: +1.32 points [+0.98, +1.66], better".
std::string comparison_line(const FinalsComparison& comparison) {
    const Interval& interval = comparison.difference.interval;
    const std::string line =
        fmt::format("{} over {}: {} points", comparison.a, comparison.b, points(comparison.difference.mean));
    if (!std::isfinite(interval.low)) return line + ", from one seed each, which tells nothing of seeds\n";
    const char* const verdicts[] = {"worse", "undecided", "better"};
    return line + fmt::format(" [{}, {}], {}\n", points(interval.low), points(interval.high),
                              verdicts[comparison.difference.verdict() + 1]);
}

/// " [+0.98, +1.66]"; nothing where it is unbounded.
std::string bounds_text(const Interval& interval) {
    if (!std::isfinite(interval.low)) return {};
    return fmt::format(" [{}, {}]", points(interval.low), points(interval.high));
}

/// The machines on which trainings run; those that have ended theirs are told together.
std::string host_lines(const std::vector<HostWork>& hosts) {
    std::string text;
    std::int64_t others = 0;
    for (const HostWork& host : hosts) {
        if (host.running == 0) {
            others += host.finished;
            continue;
        }
        text += fmt::format("  {}: {} running, {} finished", host.name.empty() ? "a machine without a name" : host.name,
                            host.running, host.finished);
        text += host.finished > 0 ? fmt::format(", {:.0f} images a second in each\n", host.images_per_second) : "\n";
    }
    return others > 0 ? text + fmt::format("  machines where none runs now: {} finished\n", others) : text;
}

/// What the fresh folds say of all choices together, and of each.
std::string fresh_lines(const FamilyResults& family) {
    if (!family.path.fresh) return {};
    const FreshFolds& fresh = *family.path.fresh;
    const std::string& name = family.family.name;
    std::string text;
    if (fresh.gain)
        text += fmt::format("{}  all choices of the rounds, on {} fresh folds: {} points{}\n", name, fresh.gain->folds,
                            points(fresh.gain->mean), bounds_text(fresh.gain->interval));
    for (const ChoiceWorth& worth : fresh.worths) {
        const RoundPath& round = family.path.rounds[worth.round];
        if (worth.difference)
            text += fmt::format("{}    {}, {}: {}{}\n", name, round.name, round.options[round.winner].name,
                                points(worth.difference->mean), bounds_text(worth.difference->interval));
    }
    return text;
}

/// A line for each configuration that was trained at full length before one of them was final.
std::string confirmation_lines(const FamilyResults& family) {
    if (!family.path.confirmation) return {};
    const Confirmation& confirmation = *family.path.confirmation;
    std::string text;
    for (std::size_t i = 0; i < confirmation.options.size(); ++i) {
        const auto& [name, cost, trial] = confirmation.options[i];
        const FullLength length = i < family.full_length.size() ? family.full_length[i] : FullLength{};
        std::string score = trial.scores.empty() ? trial_status_name(trial.status) : percent(trial.mean());
        if (length.images > 0)
            score += fmt::format(" [{}, {}]", percent(length.interval.low), percent(length.interval.high));
        text += fmt::format("{}  confirmed at full length: {:<32} {:<27} {:>6.2f} M multiply-adds, {:>6}{}\n",
                            family.family.name, name, score, 1e-6 * static_cast<double>(cost.operations),
                            format_duration(length.seconds),
                            confirmation.decided && i == confirmation.chosen ? "  final" : "");
    }
    return text;
}

std::string tests_line(const std::string& family, const char* what, const std::vector<StoredJob>& runs) {
    if (runs.empty()) return {};
    std::vector<double> scores;
    scores.reserve(runs.size());
    for (const StoredJob& run : runs) scores.push_back(run.score.accuracy);
    if (scores.size() == 1)
        return fmt::format("{}  {} on the test part: {} of one seed\n", family, what, percent(scores.front()));
    const MeanDeviation score = mean_deviation(scores);
    return fmt::format("{}  {} on the test part: {} ± {:.2f} over {} seeds\n", family, what, percent(score.mean),
                       100 * score.deviation, scores.size());
}

}  // namespace

std::string study_status(const StudyResults& results) {
    const JobCounts& counts = results.counts;
    std::string text = fmt::format(
        "{}, budget {}, begun {}: {} trainings finished, {} failed, {} running, {} waiting; {} of training\n",
        results.recipe.name, results.recipe.budget, results.origin.begun, counts.finished, counts.failed,
        counts.running, counts.pending, format_duration(results.training_seconds));
    text += host_lines(results.hosts);
    for (const FamilyResults& family : results.families) {
        const std::string& name = family.family.name;
        for (const RoundPath& round : family.path.rounds)
            text += round.decided
                        ? round_line(name, round) + "\n"
                        : fmt::format("{}  {}: {} trainings to go\n", name, round.name, family.path.wanted.size());
    }
    return text + tests_summary(results);
}

std::string tests_summary(const StudyResults& results) {
    std::string text;
    for (const FamilyResults& family : results.families) text += fresh_lines(family) + confirmation_lines(family);
    for (const FamilyResults& family : results.families)
        text += tests_line(family.family.name, "baseline", family.baseline_runs) +
                tests_line(family.family.name, "best", family.best_runs);
    for (const FinalsComparison& comparison : results.comparisons) text += comparison_line(comparison);
    for (const FamilyResults& family : results.families)
        for (const StoredJob& run : family.failed_runs)
            text += fmt::format("{}  {} with seed {} failed: {}\n", run.job.family, role_name(run.job.role),
                                run.job.seed, run.reason);
    return text;
}

std::string study_list(const StudyResults& results) {
    std::string text = fmt::format("{:<6} {:<26} {:<26} {:>13} {:<10} {:>5}  {}\n", "family", "technique", "option",
                                   "learning rate", "status", "folds", "accuracy");
    each_row(results, [&](const Row& row) {
        text += fmt::format("{:<6} {:<26} {:<26} {:>13.3g} {:<10} {:>5}  {}{}{}\n", row.family, row.technique,
                            row.option, row.trial.candidate.learning_rate, trial_status_name(row.trial.status),
                            row.trial.scores.size(), score_text(row.trial), verdict_text(row),
                            row.trial.reason.empty() ? "" : "  " + row.trial.reason);
    });
    return text;
}

std::string study_csv(const StudyResults& results) {
    std::string text =
        "family,technique,option,learning_rate,status,chosen,folds,mean_accuracy,deviation,scores,overrides,reason,"
        "tuning,verdict\n";
    each_row(results, [&](const Row& row) {
        const std::vector<double>& scores = row.trial.scores;
        const MeanDeviation score = mean_deviation(scores);
        text += csv_line(std::vector<std::string>{
            row.family, row.technique, row.option, fmt::format("{}", row.trial.candidate.learning_rate),
            trial_status_name(row.trial.status), row.chosen ? "true" : "false", std::to_string(scores.size()),
            scores.empty() ? "" : fmt::format("{}", score.mean),
            scores.size() < 2 ? "" : fmt::format("{}", score.deviation), fmt::format("{}", fmt::join(scores, " ")),
            fmt::format("{}", fmt::join(row.trial.candidate.overrides, "; ")), row.trial.reason,
            row.trial.tuning ? fmt::format("{}", *row.trial.tuning) : "",
            row.beside_chosen ? verdict_name(row.beside_chosen->verdict) : ""});
    });
    return text;
}

std::string study_json(const StudyResults& results) {
    auto json = ordered_json::array();
    each_row(results, [&](const Row& row) {
        json.push_back(
            {{"family", row.family},
             {"technique", row.technique},
             {"option", row.option},
             {"learning_rate", row.trial.candidate.learning_rate},
             {"status", trial_status_name(row.trial.status)},
             {"chosen", row.chosen},
             {"scores", row.trial.scores},
             {"overrides", row.trial.candidate.overrides},
             {"reason", row.trial.reason},
             {"tuning", row.trial.tuning ? ordered_json(*row.trial.tuning) : ordered_json()},
             {"verdict", row.beside_chosen ? ordered_json(verdict_name(row.beside_chosen->verdict)) : ordered_json()}});
    });
    return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string round_line(const std::string& family, const RoundPath& round) {
    const OptionPath& winner = round.options[round.winner];
    const Trial& trial = winner.trial();
    const std::string line = fmt::format("{}  {}: {}, {}", family, round.name, winner.name,
                                         trial.scores.empty() ? trial_status_name(trial.status) : score_text(trial));
    const auto count = [&](Verdict verdict) {
        return std::count_if(round.options.begin(), round.options.end(), [&](const OptionPath& option) {
            return option.beside_chosen && option.beside_chosen->verdict == verdict;
        });
    };
    std::vector<std::string> verdicts;
    if (const auto better = count(Verdict::kBetter)) verdicts.push_back(fmt::format("better than {}", better));
    if (const auto equivalent = count(Verdict::kEquivalent))
        verdicts.push_back(fmt::format("equivalent to {}", equivalent));
    if (const auto undecided = count(Verdict::kUndecided)) verdicts.push_back(fmt::format("{} undecided", undecided));
    return verdicts.empty() ? line : fmt::format("{}; {}", line, fmt::join(verdicts, ", "));
}

}  // namespace inkling::cli
