#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deploy/page_reader.h"

namespace inkling {

/// Words that may stand on a page, to correct by what was read there.
class WordList {
  public:
    /// The words of a text, apart by spaces and line ends; those with a character that is no class, or more than 40,
    /// are left out. `source` names the text. Throws Error (bad data) for more than a million words, for none that is
    /// left, and where it is no UTF-8.
    WordList(std::string_view text, const std::vector<std::string>& class_names, const std::string& source);

    /// The listed word that the characters are most likely of, where it is likely enough to be meant: the product of
    /// the probabilities of its letters, capital or small, a letter too many or too few costing as much as one of
    /// probability 0.0025. At most 1.2 nats a character less likely than what was read.
    std::optional<std::string> nearest(const std::vector<PageCharacter>& characters) const;

  private:
    std::vector<std::string> class_names_;
    std::map<std::size_t, std::vector<std::string>> words_;  // by length
};

/// Words of a file, 64 MiB at most. Throws Error (bad data).
WordList read_word_list(const std::filesystem::path& path, const std::vector<std::string>& class_names);

/// Gives each word that has a nearest one its text; which class each character was read as stays.
void correct_words(PageReading& page, const WordList& words);

}  // namespace inkling
