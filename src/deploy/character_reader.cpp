#include "deploy/character_reader.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"
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

std::vector<std::size_t> labels_of(std::string_view charset, const std::vector<std::string>& class_names) {
    if (charset == "digits") return labels_where(class_names, is_digit);
    if (charset == "letters") return labels_where(class_names, is_letter);
    for (const char character : charset)
        if (std::ranges::find(class_names, std::string(1, character)) == class_names.end())
            throw wrong_usage("--charset {}: the network has no class {}, expected some of {}", charset, character,
                              fmt::join(class_names, " "));
    return labels_where(class_names, [&](const std::string& name) {
        return name.size() == 1 && charset.find(name[0]) != std::string_view::npos;
    });
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

std::vector<ReadClass> ranked(std::span<const float> probabilities, std::span<const std::size_t> charset) {
    float sum = 0;
    for (const std::size_t label : charset) sum += probabilities[label];
    std::vector<ReadClass> classes;
    classes.reserve(charset.size());
    for (const std::size_t label : charset)
        classes.push_back({label, sum > 0 ? probabilities[label] / sum : 1 / static_cast<float>(charset.size())});
    std::stable_sort(classes.begin(), classes.end(),
                     [](const ReadClass& a, const ReadClass& b) { return a.probability > b.probability; });
    return classes;
}

CharacterReader::CharacterReader(const Model& model, std::vector<std::size_t> charset, int batch_size)
    : normalization_(model.normalization),
      classes_(static_cast<std::size_t>(model.classes())),
      charset_(std::move(charset)),
      batch_size_(static_cast<std::size_t>(batch_size)),
      network_(make_network(model, batch_size)) {
    const Shape input = model.recipe.network.input;
    if (input != kIdxImageShape)
        throw bad_data("the model reads images of {}x{}x{}, expected {}x{}x{}", input.channels, input.height,
                       input.width, kIdxImageShape.channels, kIdxImageShape.height, kIdxImageShape.width);
}

std::vector<float> CharacterReader::probabilities(std::span<const EmnistImage> images) {
    constexpr std::size_t kPixels = EmnistImage().size();
    std::vector<float> all;
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
        all.insert(all.end(), batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(now.size() * classes_));
    }
    return all;
}

std::vector<std::vector<ReadClass>> CharacterReader::read(std::span<const EmnistImage> images) {
    const std::vector<float> rows = probabilities(images);
    std::vector<std::vector<ReadClass>> result;
    result.reserve(images.size());
    for (std::size_t begin = 0; begin < rows.size(); begin += classes_)
        result.push_back(ranked(std::span(rows).subspan(begin, classes_), charset_));
    return result;
}

std::vector<double> CharacterReader::probabilities_of(std::size_t label, std::span<const EmnistImage> images) {
    std::vector<double> result;
    for (const std::vector<ReadClass>& classes : read(images))
        result.push_back(std::ranges::find(classes, label, &ReadClass::label)->probability);
    return result;
}

std::vector<ReadClass> set_of(const std::vector<ReadClass>& classes, const ConformalSets& sets) {
    std::vector<ReadClass> set;
    for (const ReadClass& each : classes)
        if (set.empty() || each.probability >= sets.least_probability) set.push_back(each);
    return set;
}

}  // namespace inkling
