#include "deploy/character_reader.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "core/error.h"
#include "data/idx.h"

namespace inkling {
namespace {

constexpr int kBatchSize = 64;

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

CharacterReader::CharacterReader(const Model& model, std::vector<std::size_t> charset)
    : normalization_(model.normalization),
      classes_(static_cast<std::size_t>(model.classes())),
      strangeness_(model.strangeness),
      charset_(std::move(charset)),
      network_(make_network(model, kBatchSize)) {
    const Shape input = model.recipe.network.input;
    if (input != kIdxImageShape)
        throw bad_data("the model reads images of {}x{}x{}, expected {}x{}x{}", input.channels, input.height,
                       input.width, kIdxImageShape.channels, kIdxImageShape.height, kIdxImageShape.width);
}

CharacterReader::Output CharacterReader::run(std::span<const EmnistImage> images) {
    constexpr std::size_t kPixels = EmnistImage().size();
    Output output;
    std::vector<float>& all = output.probabilities;
    std::vector<float> batch(kBatchSize * classes_);
    while (!images.empty()) {
        const auto now = images.first(std::min<std::size_t>(images.size(), kBatchSize));
        images = images.subspan(now.size());
        float* input = network_.input().data();
        for (const EmnistImage& image : now)
            for (std::size_t i = 0; i < kPixels; ++i)
                *input++ = (static_cast<float>(image[i]) / 255.0f - normalization_.mean) / normalization_.deviation;
        network_.forward({});
        network_.probabilities(batch);
        all.insert(all.end(), batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(now.size() * classes_));
        for (std::size_t i = 0; strangeness_ && i < now.size(); ++i)
            output.strangeness.push_back(strangeness_->of(network_.logits().subspan(i * classes_, classes_)) /
                                         std::max(strangeness_->most, 1e-9));
    }
    // Of an image that is known to be of the charset.
    for (std::size_t begin = 0; begin < all.size(); begin += classes_) {
        float sum = 0;
        for (const std::size_t label : charset_) sum += all[begin + label];
        for (const std::size_t label : charset_)
            all[begin + label] = sum > 0 ? all[begin + label] / sum : 1 / static_cast<float>(charset_.size());
    }
    return output;
}

std::vector<Reading> CharacterReader::read(std::span<const EmnistImage> images) {
    const Output output = run(images);
    std::vector<Reading> result;
    for (std::size_t i = 0; i < images.size(); ++i) {
        Reading& reading = result.emplace_back();
        for (const std::size_t label : charset_)
            reading.classes.push_back({label, output.probabilities[i * classes_ + label]});
        std::ranges::stable_sort(reading.classes, std::greater(), &ReadClass::probability);
        if (strangeness_) reading.strangeness = output.strangeness[i];
    }
    return result;
}

std::vector<double> CharacterReader::probabilities_of(std::size_t label, std::span<const EmnistImage> images) {
    const std::vector<float> rows = run(images).probabilities;
    std::vector<double> result;
    for (std::size_t begin = 0; begin < rows.size(); begin += classes_) result.push_back(rows[begin + label]);
    return result;
}

std::vector<ReadClass> set_of(const std::vector<ReadClass>& classes, const ConformalSets& sets) {
    std::vector<ReadClass> set;
    for (const ReadClass& each : classes)
        if (set.empty() || each.probability >= sets.least_probability) set.push_back(each);
    return set;
}

}  // namespace inkling
