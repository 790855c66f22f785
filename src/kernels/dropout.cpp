#include "kernels/dropout.h"

#include "core/random.h"

namespace inkling::kernels {

bool dropout_keeps(const Dropout& dropout, std::uint32_t sample, int channel, int pixel, int pixels) {
    constexpr std::uint32_t kChannels = 16, kWords = 4;
    const auto c = static_cast<std::uint32_t>(channel);
    const std::uint32_t group = c / kChannels * static_cast<std::uint32_t>(pixels) + static_cast<std::uint32_t>(pixel);
    // Channels of even number first, then the others: so vectors of 64-bit lanes make two words each.
    const std::uint32_t place = c % kChannels / 2 + c % 2 * (kChannels / 2);
    const std::uint32_t counter = group / kWords * kChannels + place;
    const std::uint32_t purpose = static_cast<std::uint32_t>(Purpose::kDropout) | dropout.layer << 8;
    const auto words =
        philox({counter, purpose, dropout.step, sample},
               {static_cast<std::uint32_t>(dropout.seed), static_cast<std::uint32_t>(dropout.seed >> 32)});
    return words[group % kWords] >= dropout_threshold(dropout.p);
}

}  // namespace inkling::kernels
