#include "serve/served_model.h"

#include <array>

namespace inkling::serve {
namespace {

constexpr std::array<std::size_t, 4> kSizes = {1, 4, 16, kBatchImages};

}  // namespace

ServedModel::ServedModel(std::string name, Model model, std::uint64_t loading)
    : name_(std::move(name)), model_(std::move(model)), loading_(loading) {
    for (const std::size_t size : kSizes)
        readers_.emplace_back(model_, find_charset("", model_.class_names), static_cast<int>(size));
}

std::vector<NetworkOutput> ServedModel::outputs(std::span<const EmnistImage> images) {
    std::size_t at = 0;
    while (at + 1 < kSizes.size() && kSizes[at] < images.size()) ++at;
    return readers_[at].outputs(images);
}

}  // namespace inkling::serve
