#include "deploy/page_reader.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace inkling {
namespace {

// Lengths are in the page's usual heights, costs in nats.
constexpr std::size_t kMostPieces = 6;  // of a character
constexpr double kMostWidth = 1.7;
constexpr double kMostGap = 0.25;  // within a character
constexpr double kCutCost = 1;
constexpr double kJoinCost = 2;
constexpr double kGapCost = 12;  // for a gap of a height
constexpr double kLeastSure = 1e-6;
constexpr double kStrangeCost = 3;  // of what is as strange as a character may be
constexpr double kStrangest = 5;

/// Pieces of a line that may be one character: from `begin` to before `end`.
struct Candidate {
    std::size_t begin = 0;
    std::size_t end = 0;
    double cost = 0;
    Reading reading = {};
};

double gap_between(const PagePiece& left, const PagePiece& right) {
    return right.box.x - (left.box.x + left.box.width);
}

/// What it costs to take these pieces for one character, before it is read; infinite where they can be none.
double joining_cost(std::span<const PagePiece> pieces, double height) {
    constexpr double kNever = std::numeric_limits<double>::infinity();
    if (pieces.size() > 1 && box_about(pieces).width > kMostWidth * height) return kNever;
    double cost = 0;
    for (std::size_t i = 1; i < pieces.size(); ++i) {
        if (pieces[i].is_cut) continue;
        const double gap = std::max(0.0, gap_between(pieces[i - 1], pieces[i]) / height);
        if (gap > kMostGap) return kNever;
        cost += kJoinCost + kGapCost * gap;
    }
    return cost;
}

std::vector<Candidate> candidates_of(const PageLine& line, double height) {
    std::vector<Candidate> candidates;
    const std::span pieces(line.pieces);
    for (std::size_t begin = 0; begin < pieces.size(); ++begin)
        for (std::size_t end = begin + 1; end <= std::min(begin + kMostPieces, pieces.size()); ++end) {
            const double cost = joining_cost(pieces.subspan(begin, end - begin), height);
            if (std::isinf(cost)) break;
            candidates.push_back({begin, end, cost + (pieces[begin].is_cut ? kCutCost : 0)});
        }
    return candidates;
}

/// How much the network is in doubt about a character. Part of one, or two together, may well have a probable class,
/// but are strange.
double doubt(const Reading& reading) {
    return -std::log(std::max(reading.classes.front().probability, kLeastSure)) +
           kStrangeCost * std::min(reading.strangeness.value_or(0), kStrangest);
}

/// The candidates, one after another, that cost least together.
std::vector<const Candidate*> cheapest(const std::vector<Candidate>& candidates, std::size_t pieces) {
    struct Way {
        double cost = std::numeric_limits<double>::infinity();
        const Candidate* last = nullptr;
    };
    std::vector<Way> ways(pieces + 1);
    ways[0].cost = 0;
    // Candidates are sorted by where they begin, so that each way is final before another goes on from it.
    for (const Candidate& candidate : candidates) {
        const double cost = ways[candidate.begin].cost + candidate.cost + doubt(candidate.reading);
        if (cost < ways[candidate.end].cost) ways[candidate.end] = {cost, &candidate};
    }
    std::vector<const Candidate*> chosen;
    for (std::size_t at = pieces; at > 0; at = ways[at].last->begin) chosen.push_back(ways[at].last);
    std::ranges::reverse(chosen);
    return chosen;
}

struct FoundCharacter {
    PictureBox box;  // in its line
    PictureBox box_on_page;
    Reading reading;
};

using FoundLine = std::vector<FoundCharacter>;

std::vector<FoundLine> read_lines(const Page& page, CharacterReader& reader) {
    std::vector<std::vector<Candidate>> candidates;
    std::vector<EmnistImage> images;
    for (const PageLine& line : page.lines)
        for (const Candidate& candidate : candidates.emplace_back(candidates_of(line, page.height)))
            images.push_back(
                image_of(std::span(line.pieces).subspan(candidate.begin, candidate.end - candidate.begin)));
    std::vector<Reading> readings = reader.read(images);
    auto next = readings.begin();
    std::vector<FoundLine> lines;
    for (std::size_t i = 0; i < page.lines.size(); ++i) {
        for (Candidate& candidate : candidates[i]) candidate.reading = std::move(*next++);
        const std::vector<PagePiece>& pieces = page.lines[i].pieces;
        FoundLine& line = lines.emplace_back();
        for (const Candidate* chosen : cheapest(candidates[i], pieces.size())) {
            const PictureBox box = box_about(std::span(pieces).subspan(chosen->begin, chosen->end - chosen->begin));
            line.push_back({box, page.lines[i].box_on_page(box), chosen->reading});
        }
    }
    return lines;
}

double gap_between(const FoundCharacter& left, const FoundCharacter& right) {
    return right.box.x - (left.box.x + left.box.width);
}

/// The gap from which on two characters stand in two words: what parts the page's gaps best into narrow and wide ones,
/// within what spaces are to the usual height.
double least_space(const std::vector<FoundLine>& lines, double height) {
    constexpr double kLeast = 0.3;
    constexpr double kMost = 0.8;
    std::vector<double> gaps;
    for (const FoundLine& line : lines)
        for (std::size_t i = 1; i < line.size(); ++i)
            gaps.push_back(std::clamp(gap_between(line[i - 1], line[i]) / height, 0.0, 1.5));
    std::ranges::sort(gaps);
    double all = 0;
    for (const double gap : gaps) all += gap;
    double below = 0, best = 0, space = (kLeast + kMost) / 2;
    for (std::size_t i = 1; i < gaps.size(); ++i) {
        below += gaps[i - 1];
        const auto left = static_cast<double>(i), right = static_cast<double>(gaps.size() - i);
        const double apart = (all - below) / right - below / left;
        const double between = left * right * apart * apart;
        if (between <= best) continue;
        best = between;
        space = (gaps[i - 1] + gaps[i]) / 2;
    }
    return height * std::clamp(space, kLeast, kMost);
}

}  // namespace

std::string PageReading::text() const {
    std::string text;
    for (const std::vector<PageWord>& line : lines) {
        std::vector<std::string> words;
        words.reserve(line.size());
        for (const PageWord& word : line) words.push_back(word.text);
        text += fmt::format("{}\n", fmt::join(words, " "));
    }
    return text;
}

PageReading read_page(const GreyPicture& picture, CharacterReader& reader, const std::vector<std::string>& class_names,
                      const std::string& name) {
    const Page page = segment_page(picture, name);
    const std::vector<FoundLine> lines = read_lines(page, reader);
    const double space = least_space(lines, page.height);
    PageReading result;
    for (const FoundLine& line : lines) {
        std::vector<PageWord>& words = result.lines.emplace_back();
        for (std::size_t i = 0; i < line.size(); ++i) {
            if (i == 0 || gap_between(line[i - 1], line[i]) > space) words.emplace_back();
            words.back().characters.push_back({page.ink.box_in(picture, line[i].box_on_page), line[i].reading});
            words.back().text += class_names[line[i].reading.classes.front().label];
        }
    }
    return result;
}

}  // namespace inkling
