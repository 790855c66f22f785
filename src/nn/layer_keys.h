#pragma once

#include <array>
#include <string>
#include <type_traits>
#include <vector>

#include "core/config_keys.h"
#include "nn/spec.h"

namespace inkling {

// The keys of each kind of layer, overloaded on it.

inline std::span<const ConfigKey<DenseSpec>> keys_of(const DenseSpec&) {
    static constexpr std::array<ConfigKey<DenseSpec>, 2> kKeys{
        {{.name = "units", .member = &DenseSpec::units, .range = kFeatureRange, .required = true},
         {.name = "bias", .member = &DenseSpec::bias}}};
    return kKeys;
}

inline std::span<const ConfigKey<Conv2dSpec>> keys_of(const Conv2dSpec&) {
    static constexpr std::array<ConfigKey<Conv2dSpec>, 5> kKeys{
        {{.name = "filters", .member = &Conv2dSpec::filters, .range = kFeatureRange, .required = true},
         {.name = "kernel", .member = &Conv2dSpec::kernel, .range = kKernelRange},
         {.name = "stride", .member = &Conv2dSpec::stride, .range = kKernelRange},
         {.name = "padding", .member = &Conv2dSpec::padding, .range = {0, kKernelRange.most - 1}},
         {.name = "bias", .member = &Conv2dSpec::bias}}};
    return kKeys;
}

inline std::span<const ConfigKey<BatchNormSpec>> keys_of(const BatchNormSpec&) {
    static constexpr std::array<ConfigKey<BatchNormSpec>, 2> kKeys{
        {{.name = "momentum", .member = &BatchNormSpec::momentum, .range = kNormMomentumRange},
         {.name = "eps", .member = &BatchNormSpec::eps, .range = kNormEpsRange}}};
    return kKeys;
}

inline std::span<const ConfigKey<DropoutSpec>> keys_of(const DropoutSpec&) {
    static constexpr std::array<ConfigKey<DropoutSpec>, 1> kKeys{
        {{.name = "p", .member = &DropoutSpec::p, .range = kDropoutRange}}};
    return kKeys;
}

template <class Pool>
requires std::is_same_v<Pool, MaxPool2dSpec> || std::is_same_v<Pool, AvgPool2dSpec> std::span<const ConfigKey<Pool>>
keys_of(const Pool&) {
    static constexpr std::array<ConfigKey<Pool>, 2> kKeys{
        {{.name = "kernel", .member = &Pool::kernel, .range = kKernelRange},
         {.name = "stride", .member = &Pool::stride, .range = kKernelRange}}};
    return kKeys;
}

template <class Plain>
requires std::is_empty_v<Plain> std::span<const ConfigKey<Plain>> keys_of(const Plain&) { return {}; }

}  // namespace inkling
