#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace inkling {

/// A fixed number of plain values on a 64-byte boundary, zero at first: what vector instructions and oneDNN like best.
template <class T>
class AlignedBuffer {
  public:
    AlignedBuffer() = default;
    explicit AlignedBuffer(std::size_t size)
        : data_(size == 0 ? nullptr : static_cast<T*>(::operator new(size * sizeof(T), kAlignment))), size_(size) {
        if (size != 0) std::memset(static_cast<void*>(data_.get()), 0, size * sizeof(T));
    }

    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    std::size_t size() const { return size_; }
    std::span<T> span() { return {data_.get(), size_}; }
    std::span<const T> span() const { return {data_.get(), size_}; }

  private:
    static constexpr std::align_val_t kAlignment{64};
    struct Delete {
        void operator()(T* data) const { ::operator delete(data, kAlignment); }
    };
    std::unique_ptr<T, Delete> data_;
    std::size_t size_ = 0;
};

}  // namespace inkling
