#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/aligned_buffer.h"
#include "nn/network.h"

namespace inkling {

/// Named tensors, one behind another in one block: a network's parameters, or its statistics.
class TensorBlock {
  public:
    /// Adds a tensor and returns its number. Those with `first` come before all others in the block.
    int add(std::string name, std::vector<int> shape, bool first = false) {
        TensorInfo info{.name = std::move(name), .shape = std::move(shape), .offset = 0, .size = 1};
        for (const int extent : info.shape) info.size *= static_cast<std::size_t>(extent);
        infos_.push_back(std::move(info));
        is_first_.push_back(first);
        return static_cast<int>(infos_.size()) - 1;
    }

    /// Places the tensors and allocates `copies` blocks of them (values, gradients), zero at first.
    void allocate(int copies = 1) {
        std::size_t total = 0;
        for (const bool first : {true, false}) {
            for (std::size_t i = 0; i < infos_.size(); ++i) {
                if (is_first_[i] != first) continue;
                infos_[i].offset = total;
                total += infos_[i].size;
            }
            if (first) first_size_ = total;
        }
        for (int copy = 0; copy < copies; ++copy) blocks_.emplace_back(total);
    }

    const std::vector<TensorInfo>& infos() const { return infos_; }

    /// Values of the tensors that come first.
    std::size_t first_size() const { return first_size_; }

    std::span<float> block(int copy = 0) { return blocks_[copy].span(); }
    std::span<const float> block(int copy = 0) const { return blocks_[copy].span(); }

    std::span<float> tensor(int number, int copy = 0) {
        return block(copy).subspan(infos_[number].offset, infos_[number].size);
    }

  private:
    std::vector<TensorInfo> infos_;
    std::vector<bool> is_first_;
    std::size_t first_size_ = 0;
    std::vector<AlignedBuffer<float>> blocks_;
};

}  // namespace inkling
