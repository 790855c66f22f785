#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "core/error.h"
#include "core/text.h"
#include "core/threads.h"
#include "deploy/page_reader.h"
#include "deploy/word_list.h"
#include "formats/load_dataset.h"
#include "page_rendering.h"
#include "plain_pages.h"
#include "save_picture.h"
#include "train/transfer.h"

// How well pages of writing are read, by condition, without and with the list of their words, where capitals and small
// letters count alike; beside what tutorials do: one threshold, connected parts, plain resizing. Pages are written of a
// test part's characters, each by another hand.
//   bench_pages MODEL DATA SPLIT [PAGES] [FOLDER for a picture of each condition]

namespace inkling {
namespace {

/// The least number of characters to put in, take out and change (V. Levenshtein, 1966).
std::size_t edits(const std::string& from, const std::string& to) {
    std::vector<std::size_t> row(to.size() + 1);
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t before = row[0]++;
        for (std::size_t k = 1; k < row.size(); ++k) {
            const std::size_t changed = before + (from[i] == to[k - 1] ? 0 : 1);
            before = row[k];
            row[k] = std::min({changed, row[k] + 1, row[k - 1] + 1});
        }
    }
    return row.back();
}

void measure(const std::string& model_path, const std::string& folder, const std::string& split, std::uint32_t pages,
             const std::string& pictures) {
    const Model model = load_model(weights_file(model_path));
    const Dataset data = load_dataset(folder, split, Part::kTest);
    if (data.class_names != model.class_names)
        throw bad_data("split {} has other classes than the network, expected those of {}", split, model.split);
    CharacterReader reader(model, find_charset("", model.class_names));
    fmt::print("{} pages of characters of the test part of {}; edits to what is written, of its characters\n", pages,
               split);
    const WordList words(page_words(), model.class_names, "words");
    fmt::print("{:<28} {:>10} {:>10} {:>10}\n", "pages", "read", "words", "plain");
    for (const PageCondition& condition : page_conditions()) {
        std::size_t wrong = 0, wrong_words = 0, wrong_plain = 0, all = 0;
        for (std::uint32_t page = 0; page < pages; ++page) {
            const RenderedPage rendered = render_page(data, condition, page);
            PageReading read = read_page(rendered.picture, reader, model.class_names, condition.name);
            wrong += edits(read.text(), rendered.text);
            correct_words(read, words);
            wrong_words += edits(lower_case(read.text()), lower_case(rendered.text));
            wrong_plain += edits(read_plainly(rendered.picture, reader, model.class_names), rendered.text);
            all += rendered.text.size();
            if (!pictures.empty() && page == 0) save_picture(pictures, condition.name, rendered.picture);
        }
        const auto share = [&](std::size_t count) {
            return 100 * static_cast<double>(count) / static_cast<double>(all);
        };
        fmt::print("{:<28} {:>9.2f}% {:>9.2f}% {:>9.2f}%\n", condition.name, share(wrong), share(wrong_words),
                   share(wrong_plain));
        std::fflush(stdout);
    }
}

}  // namespace
}  // namespace inkling

int main(int argc, char** argv) {
    if (argc < 4) {
        fmt::print(stderr, "usage: bench_pages MODEL DATA SPLIT [PAGES] [FOLDER]\n");
        return 2;
    }
    try {
        inkling::start_threads();
        inkling::measure(argv[1], argv[2], argv[3],
                         argc > 4 ? static_cast<std::uint32_t>(std::strtoul(argv[4], nullptr, 10)) : 10,
                         argc > 5 ? argv[5] : "");
        return 0;
    } catch (const inkling::Error& error) {
        fmt::print(stderr, "bench_pages: {}\n", error.what());
        return static_cast<int>(error.status());
    }
}
