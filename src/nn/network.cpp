#include "nn/network.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/threads.h"
#include "kernels/cpu/onednn.h"
#include "kernels/cpu/softmax.h"
#include "nn/compile.h"

namespace inkling {
namespace {

constexpr int kMaxBatch = 1 << 16;

int checked_batch(int batch_size) {
    if (batch_size < 1 || batch_size > kMaxBatch)
        throw wrong_usage("batch size is {}, expected 1 to {}", batch_size, kMaxBatch);
    return batch_size;
}

int checked_classes(int classes) {
    if (classes < 2 || classes > kernels::kMaxClasses)
        throw wrong_usage("{} classes, expected 2 to {}", classes, kernels::kMaxClasses);
    return classes;
}

Precision checked_precision(Precision precision) {
    if (!runs_here(precision))
        throw wrong_usage(
            "precision bf16 does not run here: it needs a processor with AVX-512 BF16 and a program built for it; "
            "set training.precision to fp32, or to auto to take bf16 only where it runs");
    return precision;
}

}  // namespace

struct Network::Impl {
    NetworkSpec spec;
    int classes;
    int batch_size;
    Mode mode;
    Precision precision;
    ParameterLayout layout;
    int threads = thread_count();
    CompiledNetwork compiled;
    bool stale = true;         // whether stages must prepare before the next pass
    bool may_go_back = false;  // whether there are activations of a training pass
    std::vector<kernels::SampleLoss> losses;

    Impl(NetworkSpec network_spec, int class_count, int batch, Mode network_mode, Precision network_precision)
        : spec(std::move(network_spec)),
          classes(checked_classes(class_count)),
          batch_size(checked_batch(batch)),
          mode(network_mode),
          precision(checked_precision(network_precision)),
          layout(parameter_layout(spec, classes)),
          compiled(compile(spec, layout, classes, batch_size, mode, precision)),
          losses(static_cast<std::size_t>(batch_size)) {}

    void check_trains(const char* call) const {
        if (mode != Mode::kTrain) throw failed("{} on a network that was made to infer", call);
    }

    void check_labels(std::span<const std::int32_t> labels) const {
        if (labels.empty() || labels.size() > losses.size())
            throw failed("{} labels for a network of batch size {}", labels.size(), batch_size);
        const auto wrong = std::find_if(labels.begin(), labels.end(),
                                        [&](std::int32_t label) { return label < 0 || label >= classes; });
        if (wrong != labels.end()) throw failed("label {}, expected 0 to {}", *wrong, classes - 1);
    }

    std::span<float> rows_of_classes(TensorId tensor) {
        return {kernels::as<float>(compiled.memory.tensors[tensor]), static_cast<std::size_t>(batch_size) * classes};
    }

    std::span<float> images(TensorId tensor) {
        return {kernels::as<float>(compiled.memory.tensors[tensor]),
                static_cast<std::size_t>(batch_size) * spec.input.size()};
    }
};

bool runs_here(Precision precision) { return precision == Precision::kFloat32 || kernels::has_bfloat16(); }

Network::Network(const NetworkSpec& spec, int classes, int batch_size, Mode mode, Precision precision)
    : impl_(std::make_unique<Impl>(spec, classes, batch_size, mode, precision)) {
    reset_norms(*this);
}

Network::~Network() = default;
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;

const NetworkSpec& Network::spec() const { return impl_->spec; }
int Network::classes() const { return impl_->classes; }
int Network::batch_size() const { return impl_->batch_size; }
Precision Network::precision() const { return impl_->precision; }
const ParameterLayout& Network::layout() const { return impl_->layout; }

std::span<float> Network::parameters() { return impl_->compiled.memory.parameters.block(); }
std::span<const float> Network::parameters() const { return std::as_const(impl_->compiled.memory.parameters).block(); }
std::span<float> Network::gradients() { return impl_->compiled.memory.parameters.block(NetworkMemory::kGradients); }

std::span<float> Network::statistics() { return impl_->compiled.memory.statistics.block(); }
std::span<const float> Network::statistics() const { return std::as_const(impl_->compiled.memory.statistics).block(); }

void Network::parameters_changed() { impl_->stale = true; }

std::span<float> Network::input() { return impl_->images(impl_->compiled.input); }

void Network::forward(const Pass& pass) {
    Impl& self = *impl_;
    if (pass.training) self.check_trains("a training pass");
    if (thread_count() != self.threads)
        throw failed("a network made for {} threads cannot run with {}", self.threads, thread_count());
    if (self.stale) prepare(self.compiled.stages, self.compiled.memory);
    inkling::forward(self.compiled.stages, self.compiled.memory, pass);
    // A training pass moves running statistics, so that the map made from them is old.
    self.stale = pass.training;
    self.may_go_back = pass.training;
}

std::span<const float> Network::logits() const { return impl_->rows_of_classes(impl_->compiled.logits); }

void Network::probabilities(std::span<float> probabilities) const {
    kernels::softmax(logits(), impl_->classes, probabilities);
}

LossResult Network::loss(std::span<const std::int32_t> labels, float label_smoothing) {
    Impl& self = *impl_;
    self.check_labels(labels);
    std::span<float> gradient;
    if (self.mode == Mode::kTrain) {
        gradient = self.rows_of_classes(self.compiled.logits_gradient);
        // Samples that do not count have no gradient.
        std::fill(gradient.begin() + labels.size() * self.classes, gradient.end(), 0.0f);
    }
    kernels::softmax_cross_entropy(logits(), labels, self.classes, label_smoothing, self.losses, gradient);
    LossResult result;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        result.loss_sum += self.losses[i].loss;
        result.correct += self.losses[i].correct ? 1 : 0;
    }
    if (self.compiled.memory.stopwatch != nullptr)
        self.compiled.memory.stopwatch->lap({.kind = WorkKind::kLoss, .part = WorkPart::kForward});
    return result;
}

void Network::backward() {
    impl_->check_trains("backward()");
    if (!std::exchange(impl_->may_go_back, false)) throw failed("backward() without a training pass before it");
    inkling::backward(impl_->compiled.stages, impl_->compiled.memory);
}

void Network::want_input_gradient(bool wanted) {
    impl_->check_trains("want_input_gradient()");
    enable_backward(impl_->compiled.stages, wanted);
    impl_->stale = true;
}

void Network::watch(Stopwatch* stopwatch) { impl_->compiled.memory.stopwatch = stopwatch; }

std::span<const float> Network::input_gradient() const { return impl_->images(impl_->compiled.input_gradient); }

}  // namespace inkling
