#include "deploy/word_list.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/random.h"
#include "refusal.h"
#include "soak.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

const std::vector<std::string> kNames = {"0", "1", "C", "O", "a", "d", "g", "t", "long name"};

/// A character that is one of `likely`, the first most of all, as read.
PageCharacter character(const std::string& likely) {
    PageCharacter read{.box = {}, .reading = {}};
    double left = 1;
    for (const char letter : likely) {
        const auto label = std::ranges::find(kNames, std::string(1, letter)) - kNames.begin();
        read.reading.classes.push_back({static_cast<std::size_t>(label), 0.7 * left});
        left *= 0.3;
    }
    return read;
}

std::vector<PageCharacter> word(const std::vector<std::string>& likely) {
    std::vector<PageCharacter> characters;
    for (const std::string& each : likely) characters.push_back(character(each));
    return characters;
}

std::string nearest(const std::string& list, const std::vector<std::string>& likely) {
    return WordList(list, kNames, "list").nearest(word(likely)).value_or("none");
}

TEST(WordList, TakesTheLikeliestWord) {
    EXPECT_EQ(nearest("cat dog goat", {"C", "a", "t"}), "cat");
    EXPECT_EQ(nearest("cat dog goat", {"d0O", "0O", "g"}), "dog");
    EXPECT_EQ(nearest("dot dog", {"d", "O", "gt"}), "dog");
    EXPECT_EQ(nearest("dot", {"d", "O", "gt"}), "dot");
}

TEST(WordList, KnowsCapitalsAndSmallLetters) {
    EXPECT_EQ(nearest("DOG", {"d", "O", "g"}), "DOG");
    EXPECT_EQ(nearest("Dog", {"d", "O", "g"}), "Dog");
}

TEST(WordList, ALetterMayBeTooManyOrTooFew) {
    EXPECT_EQ(nearest("goat", {"g", "O", "O", "a", "t"}), "goat");
    EXPECT_EQ(nearest("goad taco", {"t", "a", "C", "O", "1"}), "taco");
    EXPECT_EQ(nearest("goatcat", {"g", "O", "a", "t", "C", "a"}), "goatcat");
}

TEST(WordList, LeavesWhatIsFarFromAnyWord) {
    EXPECT_EQ(nearest("cat dog", {"1", "0", "1", "0"}), "none");
    EXPECT_EQ(nearest("cat", {"d", "O", "g"}), "none");
    EXPECT_EQ(nearest("dog", {"d", "1", "g"}), "none") << "4.4 nats, of 3.6 that three characters may have";
}

TEST(WordList, WordsOfOtherCharactersAreLeftOut) {
    EXPECT_EQ(nearest("d\xc3\xb6g dog! dog\r\ncat", {"d", "O", "g"}), "dog");
    EXPECT_EQ(data_refusal([] { WordList("xyz", kNames, "list"); }),
              "list: no word of the network's characters, expected a list of words");
    EXPECT_EQ(data_refusal([] { WordList("", kNames, "list"); }),
              "list: no word of the network's characters, expected a list of words");
    EXPECT_EQ(data_refusal([] { WordList("dog \xff\xfe", kNames, "list"); }), "list: no text in UTF-8, expected words");
    EXPECT_TRUE(contains(data_refusal([] { read_word_list("/nowhere/list.txt", kNames); }), "/nowhere/list.txt"));
}

TEST(WordList, CorrectsAPageWordByWord) {
    PageReading page;
    page.lines = {{{word({"d0", "0O", "g"}), "d0g"}, {word({"1", "0"}), "10"}}, {{word({"C", "a", "tg"}), "Cat"}}};
    correct_words(page, WordList("dog cat", kNames, "list"));
    EXPECT_EQ(page.text(), "dog 10\ncat\n");
}

TEST(WordList, AnyBytesAreWordsOrRefused) {
    const auto count = static_cast<std::uint32_t>(soaked(10'000));
    for (std::uint32_t i = 0; i < count; ++i) {
        RandomStream random(5, Purpose::kPictures, 0, i);
        std::string text = "cat dog goat taco\ntag toad\n";
        for (std::uint32_t k = 1 + random.below(6); k > 0; --k)
            text[random.below(static_cast<std::uint32_t>(text.size()))] = static_cast<char>(random.below(256));
        if (random.below(4) == 0) text.resize(random.below(static_cast<std::uint32_t>(text.size())));
        try {
            WordList(text, kNames, "list").nearest(word({"d", "O", "g"}));
        } catch (const Error& error) {
            EXPECT_EQ(error.status(), ExitStatus::kData);
            EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
        }
    }
}

}  // namespace
}  // namespace inkling
