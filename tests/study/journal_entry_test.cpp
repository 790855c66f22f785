#include "study/journal_entry.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "mutations.h"
#include "planted_entries.h"
#include "refusal.h"

namespace inkling {
namespace {

std::string text_of(JournalFact fact) {
    return to_json_text(
        {.after = std::string(64, '0'), .writer = "me#1", .date = 1'795'000'000, .fact = std::move(fact)});
}

template <class Fact>
Fact again(const Fact& fact) {
    return std::get<Fact>(parse_journal_entry(text_of(fact), "entry").fact);
}

TEST(JournalEntry, ReadsEachKindToTheBit) {
    std::set<std::size_t> kinds;
    for (const JournalFact& fact : planted_facts()) {
        const std::string text = text_of(fact);
        const JournalEntry entry = parse_journal_entry(text, "entry");
        EXPECT_EQ(entry.fact.index(), fact.index());
        EXPECT_EQ(to_json_text(entry), text);
        kinds.insert(fact.index());
    }
    EXPECT_EQ(kinds.size(), std::variant_size_v<JournalFact>);
}

TEST(JournalEntry, KeepsNumbersThatJsonLacks) {
    const JobFinished finished = again(std::get<JobFinished>(planted_facts().at(4)));
    EXPECT_EQ(finished.score.accuracy, 1.0 / 3);
    EXPECT_TRUE(std::isnan(finished.score.loss));
    EXPECT_EQ(finished.score.history.at(1).validation_loss, std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isnan(finished.score.history.at(1).validation_accuracy));
    EXPECT_EQ(finished.run, std::string(64, 'c'));
}

TEST(JournalEntry, KeepsWhatAStudyIs) {
    const auto planted = std::get<StudyBegun>(planted_facts().front());
    const StudyBegun begun = again(planted);
    EXPECT_EQ(begun.record.recipe, planted.record.recipe);
    ASSERT_EQ(begun.record.files.size(), 2u);
    EXPECT_EQ(begun.record.files[1].name, "toy-labels");
    EXPECT_EQ(begun.record.stored, Orientation::kTransposed);
    EXPECT_EQ(begun.record.needs.automatic, PrecisionChoice::kBf16);
    EXPECT_TRUE(begun.record.needs.bfloat16);
    EXPECT_EQ(begun.record.seconds, 59.25);
    EXPECT_EQ(begun.origin.environment, planted.origin.environment);
}

TEST(JournalEntry, RefusesWhatCannotBe) {
    using nlohmann::ordered_json;
    const auto changed = [](std::size_t fact, const char* pointer, const ordered_json& value) {
        ordered_json json = ordered_json::parse(text_of(planted_facts().at(fact)));
        json.at(ordered_json::json_pointer(pointer)) = value;
        return data_refusal([&] { parse_journal_entry(json.dump(), "entry 7"); });
    };
    const std::size_t study = 0, want = 1, take = 2, finish = 4, decide = 9;
    EXPECT_TRUE(contains(changed(study, "/study/format", 2),
                         "entry 7: no entry of a study's journal (it is of another version of the program); the shared "
                         "folder must"));
    EXPECT_TRUE(contains(changed(study, "/after", "zz"), "after is no SHA-256"));
    EXPECT_TRUE(contains(changed(study, "/study/seconds", -1), "seconds are not above 0"));
    for (const char* family : {"../elsewhere", "", "a/b"})
        EXPECT_TRUE(contains(changed(want, "/want/jobs/0/family", family), "family is none"));
    EXPECT_TRUE(contains(changed(want, "/want/jobs/0/key", "../../up"), "key is no configuration's"));
    EXPECT_TRUE(contains(changed(want, "/want/jobs/0/role", "hero"), "role is none"));
    EXPECT_TRUE(contains(changed(want, "/want/jobs/0/index", 1000), "index is no whole number from 0 to 999"));
    EXPECT_TRUE(contains(changed(want, "/want/jobs/0/index", -1), "index is no whole number from 0"));
    EXPECT_TRUE(contains(changed(want, "/want/jobs/0/learning_rate", "nan"), "learning_rate is not finite"));
    EXPECT_TRUE(contains(changed(take, "/take/job", 0), "job is no whole number from 1"));
    EXPECT_TRUE(contains(changed(take, "/take/job", 18446744073709551615u), "job is no whole number from 1"));
    EXPECT_TRUE(contains(changed(take, "/take/claim", std::string(2000, 'x')), "claim is longer than 1024 bytes"));
    EXPECT_TRUE(contains(changed(finish, "/finish/epochs/1/0", 1), "an epoch is no whole number from 2"));
    EXPECT_TRUE(contains(changed(finish, "/finish/accuracy", "many"), "accuracy is no number"));
    EXPECT_TRUE(contains(changed(decide, "/decide/final_seeds", 1000), "final_seeds is no whole number from 0"));
    EXPECT_TRUE(contains(data_refusal([] { parse_journal_entry("", "entry 7"); }), "parse error"));
    EXPECT_TRUE(contains(data_refusal([] { parse_journal_entry("[]", "entry 7"); }), "it has no after"));
}

TEST(JournalEntry, RefusesDamagedOnesInOneLine) {
    std::uint32_t stream = 100;
    for (const JournalFact& fact : planted_facts()) {
        const std::string text = text_of(fact);
        const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
        const int refusals = count_refusals(Bytes(begin, begin + text.size()), false, stream++, [](const Bytes& file) {
            parse_journal_entry(std::string(reinterpret_cast<const char*>(file.data()), file.size()), "entry");
        });
        EXPECT_GT(refusals, mutated_files() / 2);
    }
}

}  // namespace
}  // namespace inkling
