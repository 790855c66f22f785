#include "nn/network.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/threads.h"
#include "kernels/loss.h"
#include "nn/engine.h"
#include "nn/processor.h"

namespace inkling {
namespace {

constexpr int kMaxBatch = 1 << 16;

int checked_batch(int batch_size) {
    if (batch_size < 1 || batch_size > kMaxBatch)
        throw wrong_usage("batch size is {}, expected 1 to {}", batch_size, kMaxBatch);
    return batch_size;
}

/// Reproducible slices stand whole in one process, and sums are of the whole batch.
Sharing checked_sharing(const Sharing& sharing, int batch_size) {
    if (sharing.reproducible && !sharing.sync_batch_norm)
        throw wrong_usage("batch norm by process depends on their number, and cannot be reproducible");
    const int slices = slice_count(batch_size * sharing.processes());
    if (sharing.reproducible && slices % sharing.processes() != 0)
        throw wrong_usage("a batch of {} in {} slices cannot be shared by {} processes, expected a divisor of {}",
                          batch_size * sharing.processes(), slices, sharing.processes(), slices);
    return sharing;
}

int checked_classes(int classes) {
    if (classes < 2 || classes > kernels::kMaxClasses)
        throw wrong_usage("{} classes, expected 2 to {}", classes, kernels::kMaxClasses);
    return classes;
}

}  // namespace

struct Network::Impl {
    NetworkSpec spec;
    int classes;
    int batch_size;
    Mode mode;
    Precision precision;
    Sharing sharing;
    ParameterLayout layout;
    int threads = thread_count();
    std::unique_ptr<Engine> engine;
    bool has_activations = false;    // of a training pass that did not go back yet
    bool has_loss_gradient = false;  // by these

    Impl(NetworkSpec network_spec, int class_count, int batch, Mode network_mode, Precision network_precision,
         const Sharing& network_sharing)
        : spec(std::move(network_spec)),
          classes(checked_classes(class_count)),
          batch_size(checked_batch(batch)),
          mode(network_mode),
          precision(network_precision),
          sharing(checked_sharing(network_sharing, batch)),
          layout(parameter_layout(spec, classes)),
          engine(make_engine({.spec = spec,
                              .layout = layout,
                              .classes = classes,
                              .batch_size = batch_size,
                              .mode = mode,
                              .precision = precision,
                              .sharing = sharing})) {}

    void check_trains(const char* call) const {
        if (mode != Mode::kTrain) throw failed("{} on a network that was made to infer", call);
    }

    void check_threads() const {
        if (thread_count() != threads)
            throw failed("a network made for {} threads cannot run with {}", threads, thread_count());
    }

    void check_slots(int wanted) const {
        const std::size_t room = engine->block(Block::kState).size();
        if (room < static_cast<std::size_t>(wanted) * layout.parameter_count)
            throw failed("an update that keeps {} values a parameter, but room for {} in all", wanted, room);
    }

    void check_targets(const Targets& targets) const {
        const std::size_t count = targets.labels.size();
        if ((count == 0 && sharing.processes() == 1) || count > static_cast<std::size_t>(batch_size))
            throw failed("{} labels for a network of batch size {}", count, batch_size);
        for (const auto& labels : {targets.labels, targets.other_labels}) {
            const auto wrong = std::find_if(labels.begin(), labels.end(),
                                            [&](std::int32_t label) { return label < 0 || label >= classes; });
            if (wrong != labels.end()) throw failed("label {}, expected 0 to {}", *wrong, classes - 1);
        }
        const std::size_t mixed = targets.other_labels.empty() ? 0 : count;
        if (targets.other_labels.size() != mixed || targets.shares.size() != mixed)
            throw failed("{} other labels and {} shares for {} samples", targets.other_labels.size(),
                         targets.shares.size(), count);
        const auto wrong = std::find_if(targets.shares.begin(), targets.shares.end(),
                                        [](float share) { return !(share >= 0 && share <= 1); });
        if (wrong != targets.shares.end()) throw failed("share {}, expected 0 to 1", *wrong);
        if (!targets.teacher.empty() && targets.teacher.size() != count * static_cast<std::size_t>(classes))
            throw failed("{} probabilities of a teacher for {} samples of {} classes", targets.teacher.size(), count,
                         classes);
    }
};

Network::Network(const NetworkSpec& spec, int classes, int batch_size, Mode mode, Precision precision,
                 const Sharing& sharing)
    : impl_(std::make_unique<Impl>(spec, classes, batch_size, mode, precision, sharing)) {
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

std::span<float> Network::parameters() { return impl_->engine->block(Block::kParameters); }
std::span<const float> Network::parameters() const { return impl_->engine->block(Block::kParameters); }
std::span<float> Network::gradients() { return impl_->engine->block(Block::kGradients); }
std::span<float> Network::statistics() { return impl_->engine->block(Block::kStatistics); }
std::span<const float> Network::statistics() const { return impl_->engine->block(Block::kStatistics); }
std::span<float> Network::optimizer_state() { return impl_->engine->block(Block::kState); }
std::span<const float> Network::optimizer_state() const { return impl_->engine->block(Block::kState); }

void Network::parameters_changed() {
    impl_->engine->written(Block::kParameters);
    impl_->engine->written(Block::kStatistics);
}

void Network::reserve_optimizer_state(int slots) {
    impl_->check_trains("reserve_optimizer_state()");
    impl_->engine->reserve_state(slots);
}

std::span<float> Network::input() { return impl_->engine->input(); }

void Network::forward(const Pass& pass) {
    Impl& self = *impl_;
    if (pass.training) self.check_trains("a training pass");
    self.check_threads();
    self.has_activations = pass.training;
    self.has_loss_gradient = false;
    self.engine->forward(pass);
}

std::span<const float> Network::logits() const { return impl_->engine->logits(); }

void Network::probabilities(std::span<float> probabilities) const { impl_->engine->probabilities(probabilities); }

LossResult Network::loss(std::span<const std::int32_t> labels, const LossRule& rule) {
    return loss(Targets{.labels = labels}, rule);
}

LossResult Network::loss(const Targets& targets, const LossRule& rule) {
    impl_->check_targets(targets);
    for (const std::span<const float> values : {rule.offsets, rule.weights})
        if (!values.empty() && values.size() != static_cast<std::size_t>(classes()))
            throw failed("{} values for {} classes", values.size(), classes());
    impl_->has_loss_gradient = impl_->has_activations;
    return impl_->engine->loss(targets, rule);
}

void Network::backward() {
    Impl& self = *impl_;
    self.check_trains("backward()");
    self.check_threads();
    if (!std::exchange(self.has_loss_gradient, false))
        throw failed("backward() without {} before it", self.has_activations ? "loss()" : "a training pass");
    self.has_activations = false;
    self.engine->backward();
}

void Network::want_input_gradient(bool wanted) {
    impl_->check_trains("want_input_gradient()");
    impl_->engine->want_input_gradient(wanted);
}

std::span<const float> Network::input_gradient() const { return impl_->engine->input_gradient(); }

double Network::gradient_norm() const {
    impl_->check_trains("gradient_norm()");
    return impl_->engine->gradient_norm();
}

void Network::update(const UpdateRule& rule, const Penalties& penalties, ParameterRange range) {
    impl_->check_trains("update()");
    impl_->check_slots(slots(rule));
    impl_->engine->update(rule, penalties, range);
}

void Network::average(int slot, float weight) {
    impl_->check_trains("average()");
    impl_->check_slots(slot + 1);
    impl_->engine->average(slot, weight);
}

void Network::watch(Stopwatch* stopwatch) { impl_->engine->watch(stopwatch); }

}  // namespace inkling
