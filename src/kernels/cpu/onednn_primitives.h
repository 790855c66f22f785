#pragma once

#include <omp.h>

#include <array>
#include <dnnl.hpp>
#include <initializer_list>
#include <mutex>
#include <new>
#include <utility>

#include "core/error.h"
#include "core/headroom.h"
#include "kernels/cpu/lanes.h"
#include "kernels/cpu/onednn.h"
#include "kernels/precision.h"

// The one file that includes oneDNN's header: what direct_convolution.cpp and dense.cpp make their primitives from, and
// where its versions differ.

namespace inkling::kernels::onednn {

using Format = dnnl::memory::format_tag;
using DataType = dnnl::memory::data_type;
using dnnl::memory;

inline constexpr auto kFloat = DataType::f32;

/// Makes oneDNN use no larger vectors than the code that calls it, once: its layouts and ours go together, and what is
/// measured or tested for AVX2 is so on every processor.
inline void limit_isa() {
    [[maybe_unused]] static const bool limited =
        kLanes == 16 || dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2) == dnnl::status::success;
}

/// The engine holds no state of ours; oneDNN makes one for the processor cheap to copy and safe to share.
inline const dnnl::engine& cpu_engine() {
    limit_isa();
    static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

inline bool has_isa(dnnl::cpu_isa needed) {
    limit_isa();
    const auto bits = static_cast<unsigned>(needed);
    return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & bits) == bits;
}

inline DataType type_of(Precision precision) { return precision == Precision::kFloat32 ? kFloat : DataType::bf16; }

/// Memory that oneDNN does not own; its handle is set before each use.
inline memory borrowed(const memory::desc& description) { return {description, cpu_engine(), nullptr}; }

inline memory owned(const memory::desc& description) { return {description, cpu_engine()}; }

inline void point_at(memory& target, const void* values) { target.set_data_handle(const_cast<void*>(values)); }

/// One thread for oneDNN's primitives of the calling thread, while this lives: work is shared out among Inkling's own
/// threads, each of which runs primitives alone. Who calls the library keeps the number that OpenMP had for them.
class OneThread {
  public:
    OneThread() : before_(omp_get_max_threads()) {
        if (before_ != 1) omp_set_num_threads(1);
    }
    ~OneThread() {
        if (before_ != 1) omp_set_num_threads(before_);
    }
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;

  private:
    int before_;
};

// Descriptions of primitives, of which oneDNN 3 put the operation's part into the primitive's. The scratch memory of
// all is the caller's: what oneDNN keeps itself belongs to the thread that made the primitive.

inline dnnl::primitive_attr attributes() {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attributes;
}

template <class Primitive, class... Arguments>
typename Primitive::primitive_desc describe(const Arguments&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
    return {cpu_engine(), arguments..., attributes()};
#else
    return {typename Primitive::desc(arguments...), attributes(), cpu_engine()};
#endif
}

template <class Primitive, class Forward, class... Arguments>
typename Primitive::primitive_desc describe_backward(const Forward& forward, const Arguments&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
    return {cpu_engine(), arguments..., forward, attributes()};
#else
    return {typename Primitive::desc(arguments...), attributes(), cpu_engine(), forward};
#endif
}

inline dnnl::reorder::primitive_desc describe_reorder(const memory::desc& from, const memory::desc& to) {
    return {cpu_engine(), from, cpu_engine(), to, attributes()};
}

// Where oneDNN gets no memory to write the code of primitives in, it ends the process. A stage's take up to 32 MiB, and
// another thread's allocator may take 64 meanwhile, in one piece.
inline constexpr std::size_t kCodeBytes = std::size_t{96} << 20;

/// Held while primitives are made, or run for the first time: two threads may not reckon with the same memory.
inline std::mutex& making() {
    static std::mutex mutex;
    return mutex;
}

/// A primitive with the memory that it always runs on. Each thread that runs it at the same time as others needs one of
/// its own, with memory objects of its own, but for those that never point elsewhere.
class Operation {
  public:
    Operation() = default;

    template <class Primitive, class Description>
    static Operation of(const Description& description, std::initializer_list<std::pair<int, memory>> arguments) {
        Operation operation;
        operation.primitive_ = Primitive(description);
        operation.stream_ = dnnl::stream(cpu_engine());
        for (const auto& [argument, where] : arguments) operation.add(argument, where);
        const memory::desc scratch = description.scratchpad_desc();
        operation.scratch_size_ = scratch.get_size();
        if (operation.scratch_size_ > 0) {
            operation.scratch_ = borrowed(scratch);
            operation.add(DNNL_ARG_SCRATCHPAD, operation.scratch_);
        }
        return operation;
    }

    static Operation reorder(const memory& from, const memory& to) {
        return of<dnnl::reorder>(describe_reorder(from.get_desc(), to.get_desc()),
                                 {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
    }

    void add(int argument, const memory& where) {
        kept_[count_] = where;
        arguments_[count_] = {argument, where.get()};
        ++count_;
    }

    /// Floats of scratch memory that it needs.
    std::size_t scratch_size() const { return (scratch_size_ + sizeof(float) - 1) / sizeof(float); }

    /// By the C interface: the C++ one makes a list of the arguments at each call.
    void run(float* scratch) {
        if (has_run_) return execute(scratch);
        // Some of the code is written only now.
        const std::lock_guard lock(making());
        require_headroom(kCodeBytes);
        execute(scratch);
        has_run_ = true;
    }

  private:
    static constexpr int kMost = 5;

    void execute(float* scratch) {
        const OneThread one_thread;
        if (scratch_size_ > 0) point_at(scratch_, scratch);
        const auto status = dnnl_primitive_execute(primitive_.get(), stream_.get(), count_, arguments_.data());
        if (status == dnnl_out_of_memory) throw std::bad_alloc();
        if (status != dnnl_success)
            throw failed("oneDNN {} could not run ({})", onednn_version(), static_cast<int>(status));
    }

    dnnl::primitive primitive_;
    dnnl::stream stream_;
    std::array<memory, kMost> kept_;
    std::array<dnnl_exec_arg_t, kMost> arguments_{};
    memory scratch_;
    std::size_t scratch_size_ = 0;
    int count_ = 0;
    bool has_run_ = false;
};

template <class Make>
auto or_failed(const char* what, Make&& make) -> decltype(make()) {
    const std::lock_guard lock(making());
    require_headroom(kCodeBytes);
    const OneThread one_thread;
    try {
        return make();
    } catch (const dnnl::error& error) {
        if (error.status == dnnl_out_of_memory) throw std::bad_alloc();
        throw failed("oneDNN {} refused {} ({})", onednn_version(), what, error.what());
    }
}

}  // namespace inkling::kernels::onednn
