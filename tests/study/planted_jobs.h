#pragma once

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "memory_job_store.h"
#include "study/job.h"

namespace inkling {

/// The training of the configuration "a", "b", ... for a fold, or in another role.
inline Job job_of(const std::string& key, int index, Role role = Role::kFold) {
    return {.family = "mlp",
            .candidate = {.overrides = {fmt::format("network.activation={}", key), "training.batch_size=32"},
                          .learning_rate = 0.25},
            .key = key,
            .recipe = fmt::format("recipe of {}", key),
            .role = role,
            .index = index,
            .seed = std::uint64_t{7} + static_cast<std::uint64_t>(index)};
}

/// A store with a training that runs, and one that waits.
inline std::unique_ptr<JobStore> some_store() {
    auto store = std::make_unique<MemoryJobStore>(std::make_shared<MemoryJobStore::Shelf>());
    const Job jobs[] = {job_of("a", 0), job_of("b", 1)};
    store->want(jobs);
    store->claim("me");
    return store;
}

/// What came of trainings, in the order of `names`; nothing where one has not ended.
inline std::vector<std::optional<FoldScore>> find_scores(JobStore& store, std::span<const FoldName> names) {
    const NewScores found = store.scores_since(0);
    std::vector<std::optional<FoldScore>> scores;
    for (const FoldName& wanted : names) {
        scores.emplace_back();
        for (const auto& [name, score] : found.scores)
            if (name.key == wanted.key && name.fold == wanted.fold && name.role == wanted.role) scores.back() = score;
    }
    return scores;
}

inline std::vector<EpochRecord> two_epochs() {
    return {{.epoch = 1,
             .learning_rate = 0.5,
             .train_loss = 2,
             .train_accuracy = 0.25,
             .validation_loss = 1.5,
             .validation_accuracy = 0.5,
             .seconds = 2,
             .images_per_second = 100},
            {.epoch = 2,
             .learning_rate = 0.25,
             .train_loss = 1,
             .train_accuracy = 0.75,
             .validation_loss = std::nan(""),
             .validation_accuracy = std::nan(""),
             .seconds = 2,
             .images_per_second = 300}};
}

}  // namespace inkling
