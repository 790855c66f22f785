#include "deploy/character_reader.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "core/error.h"
#include "core/printable.h"
#include "core/text.h"
#include "data/idx.h"

namespace inkling {
namespace {

bool is_digit(const std::string& name) { return name.size() == 1 && name[0] >= '0' && name[0] <= '9'; }

bool is_letter(const std::string& name) {
    return name.size() == 1 && ((name[0] >= 'A' && name[0] <= 'Z') || (name[0] >= 'a' && name[0] <= 'z'));
}

template <class Wanted>
std::vector<std::size_t> labels_where(const std::vector<std::string>& class_names, Wanted&& wanted) {
    std::vector<std::size_t> labels;
    for (std::size_t label = 0; label < class_names.size(); ++label)
        if (wanted(class_names[label])) labels.push_back(label);
    return labels;
}

/// The characters of a text in UTF-8, each with all its bytes.
std::vector<std::string_view> characters_of(std::string_view charset) {
    if (!is_utf8(charset)) throw wrong_usage("--charset: no text in UTF-8, expected characters that are classes");
    std::vector<std::string_view> characters;
    while (!charset.empty()) {
        const std::size_t size = first_character_size(charset);
        characters.push_back(charset.substr(0, size));
        charset.remove_prefix(size);
    }
    return characters;
}

std::vector<std::size_t> labels_of(std::string_view charset, const std::vector<std::string>& class_names) {
    if (charset == "digits") return labels_where(class_names, is_digit);
    if (charset == "letters") return labels_where(class_names, is_letter);
    const std::vector<std::string_view> wanted = characters_of(charset);
    for (const std::string_view character : wanted)
        if (std::ranges::find(class_names, character) == class_names.end())
            throw wrong_usage("--charset {}: the network has no class {}, expected some of {}", printable(charset),
                              printable(character), fmt::join(class_names, " "));
    return labels_where(class_names,
                        [&](const std::string& name) { return std::ranges::find(wanted, name) != wanted.end(); });
}

}  // namespace

std::vector<std::size_t> find_charset(std::string_view charset, const std::vector<std::string>& class_names) {
    std::vector<std::size_t> labels = charset.empty()
                                          ? labels_where(class_names, [](const std::string&) { return true; })
                                          : labels_of(charset, class_names);
    if (labels.empty())
        throw wrong_usage("--charset {}: the network has no such classes, expected some of {}", charset,
                          fmt::join(class_names, " "));
    return labels;
}

Reading reading_of(const NetworkOutput& output, std::span<const std::size_t> charset) {
    float sum = 0;
    for (const std::size_t label : charset) sum += output.probabilities[label];
    Reading reading{.strangeness = output.strangeness};
    reading.classes.reserve(charset.size());
    for (const std::size_t label : charset)
        reading.classes.push_back(
            {label, sum > 0 ? output.probabilities[label] / sum : 1 / static_cast<float>(charset.size())});
    std::ranges::stable_sort(reading.classes, std::greater(), &ReadClass::probability);
    return reading;
}

CharacterReader::CharacterReader(const Model& model, std::vector<std::size_t> charset, int batch_size)
    : normalization_(model.normalization),
      classes_(static_cast<std::size_t>(model.classes())),
      strangeness_(model.strangeness),
      charset_(std::move(charset)),
      batch_size_(static_cast<std::size_t>(batch_size)),
      network_(make_network(model, batch_size)) {
    const Shape input = model.recipe.network.input;
    if (input != kIdxImageShape)
        throw bad_data("the model reads images of {}x{}x{}, expected {}x{}x{}", input.channels, input.height,
                       input.width, kIdxImageShape.channels, kIdxImageShape.height, kIdxImageShape.width);
}

std::vector<NetworkOutput> CharacterReader::outputs(std::span<const EmnistImage> images) {
    constexpr std::size_t kPixels = EmnistImage().size();
    std::vector<NetworkOutput> result;
    result.reserve(images.size());
    std::vector<float> batch(batch_size_ * classes_);
    while (!images.empty()) {
        const auto now = images.first(std::min(images.size(), batch_size_));
        images = images.subspan(now.size());
        float* input = network_.input().data();
        for (const EmnistImage& image : now)
            for (std::size_t i = 0; i < kPixels; ++i)
                *input++ = (static_cast<float>(image[i]) / 255.0f - normalization_.mean) / normalization_.deviation;
        network_.forward({});
        network_.probabilities(batch);
        for (std::size_t i = 0; i < now.size(); ++i) {
            const auto row = std::span(batch).subspan(i * classes_, classes_);
            NetworkOutput& output = result.emplace_back(NetworkOutput{.probabilities = {row.begin(), row.end()}});
            if (strangeness_)
                output.strangeness =
                    strangeness_->of(network_.logits().subspan(i * classes_, classes_)) / strangeness_->most;
        }
    }
    return result;
}

std::vector<Reading> CharacterReader::read(std::span<const EmnistImage> images) {
    std::vector<Reading> result;
    result.reserve(images.size());
    for (const NetworkOutput& output : outputs(images)) result.push_back(reading_of(output, charset_));
    return result;
}

std::vector<double> CharacterReader::probabilities_of(std::size_t label, std::span<const EmnistImage> images) {
    std::vector<double> result;
    result.reserve(images.size());
    for (const Reading& reading : read(images))
        result.push_back(std::ranges::find(reading.classes, label, &ReadClass::label)->probability);
    return result;
}

std::vector<ReadClass> set_of(const std::vector<ReadClass>& classes, const ConformalSets& sets) {
    std::vector<ReadClass> set;
    for (const ReadClass& each : classes)
        if (set.empty() || each.probability >= sets.least_probability) set.push_back(each);
    return set;
}

}  // namespace inkling
