#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/hash.h"
#include "program.h"
#include "study/sqlite.h"
#include "study/sqlite_job_store.h"
#include "study/study_database.h"
#include "temporary_folder.h"
#include "toy_data.h"

namespace inkling {

// `inkling study` of two small families on the toy data, really trained.

using Texts = std::vector<std::string>;
using nlohmann::json;

inline const std::string kTraining = R"(
[training]
batch_size = 32
validation_fraction = 0.2
[optimizer]
kind = "adam"
learning_rate = 0.003
)";

inline const std::string kStudyHead = R"(
name = "toy"
seed = 1
[budgets.quick]
folds = 3
final_seeds = 2
epochs = { mlp = 1, cnn = 1 }
final_epochs = { mlp = 2, cnn = 2 }
[families.mlp]
baseline = "mlp.toml"
[families.cnn]
baseline = "cnn.toml"
)";

inline const std::string kTechniques = R"(
[[techniques]]
name = "activation"
key = "network.activation"
values = ["relu", "elu", "tanh"]
[[techniques]]
name = "optimizer"
options = [
  { name = "adam", set = ["optimizer.kind=adam"], learning_rate_factors = [1, 3] },
  { name = "sgd", set = ["optimizer.kind=sgd", "optimizer.momentum=0.9"], learning_rates = [0.03, 0.1] },
  { name = "far too fast", set = ["optimizer.kind=sgd", "optimizer.learning_rate=100", "regularization.l2=100"] },
]
)";

/// What a study's folder holds that must not depend on how often it was stopped, nor on who did the work.
struct StudyEnd {
    std::map<std::string, std::string> scores;  // of each training: status, accuracy, loss, the losses of its epochs
    std::map<std::string, std::string> models;  // bytes, and the test in its metrics
    std::string options;                        // tried, with their scores

    bool operator==(const StudyEnd&) const = default;
};

/// toy_images() as a file stores them, their outer columns blank: the training images alone tell that they are stored
/// column by column, and nobody looks at the test part to find that out.
inline std::vector<std::uint8_t> tall_images(std::size_t count, std::uint32_t seed) {
    std::vector<std::uint8_t> pixels = toy_images(count, seed, true);
    for (std::size_t i = 0; i < count; ++i)
        for (const std::size_t column : {0, 1, 26, 27})
            std::fill_n(pixels.begin() + static_cast<std::ptrdiff_t>(i * kPixels + column * kSide), kSide, 0);
    return pixels;
}

/// What must stay of the rows of finished trainings: all but what the test adds.
using FinishedRows = std::map<std::int64_t, std::string>;

class StudyCommand : public testing::Test {
  protected:
    void SetUp() override {
        write_file(folder_ / "emnist-toy-mapping.txt", "0 48\n1 49\n2 50\n3 51\n");
        write_part(folder_.path(), "toy", "train", tall_images(280, 1), toy_labels(280));
        write_part(folder_.path(), "toy", "test", tall_images(60, 2), toy_labels(60));
        write_file(folder_ / "mlp.toml", "[network]\nfamily = \"mlp\"\nhidden = [12, 12, 12]\n" + kTraining);
        write_file(folder_ / "cnn.toml", "[network]\nfamily = \"cnn\"\nfilters = [16, 16]\ndense = [8]\n" + kTraining);
        write_file(folder_ / "toy.toml", kStudyHead + kTechniques);
    }

    ProgramEnd run(const Texts& arguments) const { return run_program(folder_.path(), arguments); }

    /// `inkling study toy.toml` on the toy split, into `out`, and what else is given.
    Texts studying(const std::string& out, const Texts& more = {}) const {
        Texts arguments = {"study", folder_ / "toy.toml", "--data", folder_.path(), "--split", "toy",
                           "--out", folder_ / out};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }

    std::filesystem::path store_path(const std::string& out) const { return folder_ / out / "study.sqlite"; }
    Database database(const std::string& out) const { return {store_path(out), Database::Mode::kRead}; }

    std::int64_t number(const std::string& out, const std::string& sql) const {
        Database opened = database(out);
        Statement statement = opened.prepare(sql);
        return statement.step() ? statement.integer(0) : -1;
    }

    std::string text(const std::string& out, const std::string& sql) const {
        Database opened = database(out);
        Statement statement = opened.prepare(sql);
        return statement.step() ? statement.text(0) : "";
    }

    /// Whether one training runs and nobody is about to change the store.
    bool trains_quietly(const std::string& out) const {
        Database opened(store_path(out), Database::Mode::kWrite);
        opened.execute("PRAGMA busy_timeout = 0");
        try {
            opened.execute("BEGIN IMMEDIATE; COMMIT");
        } catch (const Error&) {
            return false;
        }
        return number(out, "SELECT COUNT(*) FROM folds WHERE status = 'running'") == 1;
    }

    FinishedRows finished_rows(const std::string& out) const {
        if (!std::filesystem::exists(store_path(out))) return {};
        Database opened = database(out);
        FinishedRows rows;
        try {
            Statement row = opened.prepare(
                "SELECT id, ended, seconds, CASE role WHEN 'fold' THEN loss END FROM folds WHERE status = 'finished'");
            while (row.step()) rows[row.integer(0)] = fmt::format("{} {} {}", row.text(1), row.text(2), row.text(3));
        } catch (const Error&) {
            // Killed before it had written the schema.
        }
        return rows;
    }

    StudyEnd end_of(const std::string& out) const {
        StudyEnd end;
        SqliteJobStore store(store_path(out), Database::Mode::kRead);
        for (const StoredJob& stored : store.jobs(true)) {
            std::string text =
                fmt::format("{} {} {}", job_status_name(stored.status), stored.score.accuracy, stored.score.loss);
            for (const EpochRecord& epoch : stored.score.history)
                text += fmt::format(" {} {}", epoch.train_loss, epoch.validation_loss);
            end.scores[fmt::format("{} {} {}", stored.job.key, role_name(stored.job.role), stored.job.index)] = text;
        }
        for (const char* role : {"baseline", "best"})
            for (const char* family : {"mlp", "cnn"})
                for (const char* seed : {"seed-0", "seed-1"}) {
                    const std::filesystem::path path = folder_ / out / role / family / seed;
                    if (!std::filesystem::exists(path)) continue;
                    end.models[path.lexically_relative(folder_ / out)] =
                        sha256(read_file(path / "model.safetensors")) +
                        json::parse(read_text(path / "metrics.json"))["test"].dump();
                }
        end.options = run({"study", folder_ / out, "--export", "json"}).output;
        return end;
    }

    /// Every claim and every end of a training from now on is written down by the database itself.
    void log_trainings(const std::string& out) const {
        std::filesystem::create_directories(folder_ / out);
        open_study_database(store_path(out), Database::Mode::kCreate)
            .execute(
                "CREATE TABLE log (id INTEGER PRIMARY KEY, fold INTEGER, status TEXT, owner TEXT);"
                "CREATE TRIGGER logged AFTER UPDATE OF status ON folds BEGIN INSERT INTO log (fold, status, owner) "
                "VALUES (NEW.id, NEW.status, NEW.owner); END");
    }

    TemporaryFolder folder_;
};

}  // namespace inkling
