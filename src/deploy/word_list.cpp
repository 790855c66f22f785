#include "deploy/word_list.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "core/error.h"
#include "core/files.h"
#include "core/path_text.h"
#include "core/text.h"

namespace inkling {
namespace {

constexpr std::size_t kMostWords = 1'000'000;
constexpr std::size_t kLongest = 40;
constexpr double kOddLetter = 6;  // nats, for a letter too many or too few
constexpr double kLeast = 1e-4;   // no class is less probable than so
constexpr double kBudget = 1.2;   // nats a character

/// What it costs that each character is each letter, in nats: letters of both cases together.
using LetterCosts = std::vector<std::array<double, 256>>;

char other_case(char letter) {
    if (letter >= 'a' && letter <= 'z') return static_cast<char>(letter - 'a' + 'A');
    if (letter >= 'A' && letter <= 'Z') return static_cast<char>(letter - 'A' + 'a');
    return letter;
}

LetterCosts costs_of(const std::vector<PageCharacter>& characters, const std::vector<std::string>& class_names) {
    LetterCosts costs;
    for (const PageCharacter& character : characters) {
        std::array<double, 256> probabilities{};
        for (const ReadClass& each : character.reading.classes) {
            const std::string& name = class_names[each.label];
            if (name.size() != 1) continue;
            probabilities[static_cast<unsigned char>(name[0])] += each.probability;
            if (other_case(name[0]) != name[0])
                probabilities[static_cast<unsigned char>(other_case(name[0]))] += each.probability;
        }
        std::array<double, 256>& row = costs.emplace_back();
        std::ranges::transform(probabilities, row.begin(),
                               [](double probability) { return -std::log(std::max(probability, kLeast)); });
    }
    return costs;
}

double least_cost(const LetterCosts& costs) {
    double sum = 0;
    for (const auto& row : costs) sum += *std::ranges::min_element(row);
    return sum;
}

/// What it costs that the characters are a word; anything above `most` where it is more than that.
double cost_of(const LetterCosts& costs, const std::string& word, double most) {
    std::array<double, kLongest + 1> row{};
    for (std::size_t k = 0; k <= word.size(); ++k) row[k] = kOddLetter * static_cast<double>(k);
    for (const auto& character : costs) {
        double before = row[0];  // of the row above, one to the left
        row[0] += kOddLetter;
        double least = row[0];
        for (std::size_t k = 1; k <= word.size(); ++k) {
            const double read = before + character[static_cast<unsigned char>(word[k - 1])];
            before = row[k];
            row[k] = std::min({read, row[k] + kOddLetter, row[k - 1] + kOddLetter});
            least = std::min(least, row[k]);
        }
        if (least > most) return least;
    }
    return row[word.size()];
}

}  // namespace

WordList::WordList(std::string_view text, const std::vector<std::string>& class_names, const std::string& source)
    : class_names_(class_names) {
    const std::string plain = plain_text(text, source);
    if (!is_utf8(plain)) throw bad_data("{}: no text in UTF-8, expected words", source);
    std::array<bool, 256> is_known{};
    for (const std::string& name : class_names)
        if (name.size() == 1)
            for (const char letter : {name[0], other_case(name[0])})
                is_known[static_cast<unsigned char>(letter)] = true;
    constexpr std::string_view kSpaces = " \t\n\v\f\r";
    std::set<std::string> words;
    for (std::size_t begin = plain.find_first_not_of(kSpaces); begin != std::string::npos;) {
        const std::size_t end = std::min(plain.find_first_of(kSpaces, begin), plain.size());
        std::string word = plain.substr(begin, end - begin);
        if (word.size() <= kLongest &&
            std::ranges::all_of(word, [&](char letter) { return is_known[static_cast<unsigned char>(letter)]; }))
            words.insert(std::move(word));
        if (words.size() > kMostWords) throw bad_data("{}: more than {} words, expected fewer", source, kMostWords);
        begin = plain.find_first_not_of(kSpaces, end);
    }
    if (words.empty()) throw bad_data("{}: no word of the network's characters, expected a list of words", source);
    for (const std::string& word : words) words_[word.size()].push_back(word);
}

std::optional<std::string> WordList::nearest(const std::vector<PageCharacter>& characters) const {
    const LetterCosts costs = costs_of(characters, class_names_);
    const auto count = static_cast<double>(characters.size());
    double most = least_cost(costs) + kBudget * count;
    const auto most_odd = static_cast<std::size_t>(kBudget * count / kOddLetter);
    std::optional<std::string> nearest;
    const std::size_t shortest = characters.size() - std::min(characters.size(), most_odd);
    for (auto of_length = words_.lower_bound(shortest);
         of_length != words_.end() && of_length->first <= characters.size() + most_odd; ++of_length)
        for (const std::string& word : of_length->second) {
            const double cost = cost_of(costs, word, most);
            if (cost > most || (cost == most && nearest)) continue;
            most = cost;
            nearest = word;
        }
    return nearest;
}

WordList read_word_list(const std::filesystem::path& path, const std::vector<std::string>& class_names) {
    return {read_text(path), class_names, path_text(path)};
}

void correct_words(PageReading& page, const WordList& words) {
    for (std::vector<PageWord>& line : page.lines)
        for (PageWord& word : line) word.text = words.nearest(word.characters).value_or(word.text);
}

}  // namespace inkling
