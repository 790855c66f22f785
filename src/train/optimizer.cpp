#include "train/optimizer.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace inkling {
namespace {

/// What to do at a step; brings what the optimizer remembers up to it.
UpdateRule rule_for(const OptimizerKind& optimizer, std::int64_t step, float learning_rate,
                    std::span<double> remembered) {
    const auto make = [&]<class Kind>(const Kind& kind) -> UpdateRule {
        if constexpr (optimizer::Remembers<Kind>)
            return kind.rule(step, learning_rate, remembered[0]);
        else
            return kind.rule(step, learning_rate);
    };
    return std::visit(make, optimizer);
}

bool remembers(const OptimizerKind& optimizer) {
    return std::visit([]<class Kind>(const Kind&) { return optimizer::Remembers<Kind>; }, optimizer);
}

bool decouples_weight_decay(const OptimizerKind& optimizer) {
    return std::visit([](const auto& kind) { return kind.kDecouples; }, optimizer);
}

std::vector<MatrixPlace> hidden_matrices(const ParameterLayout& layout) {
    std::vector<MatrixPlace> matrices;
    for (const TensorInfo& info : layout.parameters) {
        if (info.is_output || (info.kind != TensorKind::kFilter && info.kind != TensorKind::kMatrix)) continue;
        const int rows = info.shape.front();
        matrices.push_back({info.offset, rows, static_cast<int>(info.size / static_cast<std::size_t>(rows))});
    }
    std::ranges::sort(matrices, {}, &MatrixPlace::offset);
    return matrices;
}

int slots_of(const OptimizerKind& optimizer) {
    double remembered = 1;
    return slots(rule_for(optimizer, 1, 0, {&remembered, 1}));
}

}  // namespace

Optimizer::Optimizer(const OptimizerSpec& spec, const RegularizationSpec& regularization, Network& network,
                     const AveragingSpec& averaging, std::int64_t steps, std::int64_t steps_per_epoch)
    : spec_(spec),
      regularization_(regularization),
      averaging_(averaging),
      training_steps_(steps),
      steps_per_epoch_(steps_per_epoch),
      scalars_(remembers(spec.kind) ? 1 : 0, 1.0),
      matrices_(hidden_matrices(network.layout())) {
    // The average behind what the optimizer keeps.
    network.reserve_optimizer_state(slots_of(spec.kind) + (averaging.kind.index() != 0 ? 1 : 0));
    if (const auto* const adagrad = std::get_if<optimizer::Adagrad>(&spec.kind))
        std::ranges::fill(network.optimizer_state().first(network.parameters().size()),
                          adagrad->initial_accumulator_value);
}

void Optimizer::step(Network& network, float learning_rate, float gradient_scale) {
    ++steps_;
    const bool decoupled = decouples_weight_decay(spec_.kind);
    const double decay = double{learning_rate} * spec_.weight_decay;
    const ParameterLayout& layout = network.layout();
    UpdateRule rule = rule_for(spec_.kind, steps_, learning_rate, scalars_);
    if (auto* const muon = std::get_if<MuonRule>(&rule)) muon->matrices = matrices_;
    network.update(
        rule, {.gradient_scale = gradient_scale,
               .l1 = regularization_.l1,
               .l2 = regularization_.l2 + (decoupled ? 0 : spec_.weight_decay),
               .decay_factor = decoupled ? static_cast<float>(1 - decay) : 1,
               .regularized = regularization_.biases_and_norms ? layout.parameter_count : layout.regularized_count});
    const double weight = std::visit([&](const auto& kind) { return kind.weight(moment()); }, averaging_.kind);
    if (weight > 0) network.average(slots_of(spec_.kind), static_cast<float>(weight));
}

bool Optimizer::averages() const {
    return averaging_.kind.index() != 0 || std::holds_alternative<optimizer::Asgd>(spec_.kind);
}

std::span<const float> Optimizer::average(const Network& network) const {
    const std::size_t size = network.parameters().size();
    const auto* const asgd = std::get_if<optimizer::Asgd>(&spec_.kind);
    if (asgd != nullptr && averaging_.kind.index() == 0)
        return static_cast<double>(steps_) > double{asgd->t0} ? network.optimizer_state().first(size)
                                                              : std::span<const float>();
    const bool begun = std::visit([&](const auto& kind) { return kind.begun(moment()); }, averaging_.kind);
    return begun ? network.optimizer_state().last(size) : std::span<const float>();
}

float clip_factor(double norm, float max_norm) { return static_cast<float>(std::min(max_norm / (norm + 1e-6), 1.0)); }

}  // namespace inkling
