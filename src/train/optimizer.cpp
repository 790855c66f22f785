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

/// Filters and matrices that the optimizer moves as wholes, if it does: Muon those of hidden layers.
std::vector<MatrixPlace> matrices_in(const ParameterRange& range, const ParameterLayout& layout,
                                     const OptimizerKind& optimizer) {
    const bool hidden_only = std::holds_alternative<optimizer::Muon>(optimizer);
    std::vector<MatrixPlace> matrices;
    for (const TensorInfo& info : layout.parameters) {
        if ((info.is_output && hidden_only) || (info.kind != TensorKind::kFilter && info.kind != TensorKind::kMatrix))
            continue;
        if (!range.holds(info.offset)) continue;
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

std::vector<Optimizer::Part> Optimizer::parts_of(const OptimizerSpec& spec, const RegularizationSpec& regularization,
                                                 const ParameterLayout& layout) {
    const bool all = regularization.biases_and_norms;
    Part whole{.kind = spec.kind,
               .range = {},
               .weight_decay = spec.weight_decay,
               .l1 = regularization.l1,
               .l2 = regularization.l2,
               .regularized = all ? layout.parameter_count : layout.regularized_count,
               .matrices = matrices_in({}, layout, spec.kind)};
    if (spec.groups.empty() && spec.layer_decay == 1) return {std::move(whole)};
    std::vector<Part> parts;
    for (const ParameterPart& place : parameter_parts(layout, spec.groups, spec.layer_decay)) {
        Part part = whole;
        part.range = place.range;
        part.rate_factor = place.rate_factor;
        if (place.group != nullptr && place.group->kind) part.kind = *place.group->kind;
        part.matrices = matrices_in(place.range, layout, part.kind);
        if (place.group != nullptr && place.group->weight_decay) {
            part.weight_decay = *place.group->weight_decay;
            if (!place.is_regularized && !all) part.l1 = part.l2 = 0;
            part.regularized = layout.parameter_count;
        }
        parts.push_back(std::move(part));
    }
    return parts;
}

Optimizer::Optimizer(const OptimizerSpec& spec, const RegularizationSpec& regularization, Network& network,
                     const AveragingSpec& averaging, std::int64_t steps, std::int64_t steps_per_epoch)
    : kind_(spec.kind),
      parts_(parts_of(spec, regularization, network.layout())),
      averaging_(averaging),
      training_steps_(steps),
      steps_per_epoch_(steps_per_epoch) {
    for (const Part& part : parts_) slots_ = std::max(slots_, slots_of(part.kind));
    // The average behind what the optimizer keeps.
    network.reserve_optimizer_state(slots_ + (averaging.kind.index() != 0 ? 1 : 0));
    for (Part& part : parts_) {
        part.scalar = scalars_.size();
        if (remembers(part.kind)) scalars_.push_back(1);
        if (const auto* const adagrad = std::get_if<optimizer::Adagrad>(&part.kind)) {
            const std::size_t last = std::min(part.range.last, network.parameters().size());
            std::ranges::fill(network.optimizer_state().subspan(part.range.first, last - part.range.first),
                              adagrad->initial_accumulator_value);
        }
    }
}

void Optimizer::update(Network& network, const Part& part, float learning_rate, float gradient_scale) {
    const double rate = learning_rate * part.rate_factor;
    const bool decoupled = decouples_weight_decay(part.kind);
    UpdateRule rule = rule_for(part.kind, steps_, static_cast<float>(rate), std::span(scalars_).subspan(part.scalar));
    std::visit(
        [&](auto& made) {
            if constexpr (requires { made.matrices; }) made.matrices = part.matrices;
        },
        rule);
    network.update(rule,
                   {.gradient_scale = gradient_scale,
                    .l1 = part.l1,
                    .l2 = part.l2 + (decoupled ? 0 : part.weight_decay),
                    .decay_factor = decoupled ? static_cast<float>(1 - rate * part.weight_decay) : 1,
                    .regularized = part.regularized},
                   part.range);
}

void Optimizer::step(Network& network, float learning_rate, float gradient_scale) {
    ++steps_;
    for (const Part& part : parts_) update(network, part, learning_rate, gradient_scale);
    const double weight = std::visit([&](const auto& kind) { return kind.weight(moment()); }, averaging_.kind);
    if (weight > 0) network.average(slots_, static_cast<float>(weight));
}

bool Optimizer::averages() const {
    return averaging_.kind.index() != 0 || std::holds_alternative<optimizer::Asgd>(kind_);
}

std::span<const float> Optimizer::average(const Network& network) const {
    const std::size_t size = network.parameters().size();
    const auto* const asgd = std::get_if<optimizer::Asgd>(&kind_);
    if (asgd != nullptr && averaging_.kind.index() == 0)
        return static_cast<double>(steps_) > double{asgd->t0} ? network.optimizer_state().first(size)
                                                              : std::span<const float>();
    const bool begun = std::visit([&](const auto& kind) { return kind.begun(moment()); }, averaging_.kind);
    return begun ? network.optimizer_state().last(size) : std::span<const float>();
}

float clip_factor(double norm, float max_norm) { return static_cast<float>(std::min(max_norm / (norm + 1e-6), 1.0)); }

}  // namespace inkling
