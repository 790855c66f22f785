#include "pictures/ruled_lines.h"

#include <algorithm>

namespace inkling {
namespace {

constexpr int kLeastLine = 30;  // pixels

/// Bits where `binary`, white on black, has rules from left to right.
Pix level_rules(const Pix& binary) {
    const int width = pixGetWidth(binary.get());
    const int piece = std::max(kLeastLine, width / 8);
    const Pix bridged(pixCloseSafeBrick(nullptr, binary.get(), 7, 1));
    const Pix pieces(pixOpenBrick(nullptr, bridged.get(), piece, 1));
    // Pieces of one rule that is not quite level, or is interrupted by what crosses it, are one again.
    const Pix joined(pixCloseSafeBrick(nullptr, pieces.get(), width / 10 | 1, 5));
    Pix rules(pixSelectBySize(joined.get(), 3 * width / 5, 0, 8, L_SELECT_WIDTH, L_SELECT_IF_GTE, nullptr));
    if (rules == nullptr) return rules;
    const Pix found(pixAnd(nullptr, rules.get(), pieces.get()));
    const Pix thicker(pixDilateBrick(nullptr, found.get(), 5, 3));
    return Pix(pixAnd(nullptr, thicker.get(), binary.get()));
}

/// The ink without the rules, but with what lies between ink above and ink below.
Pix without(const Pix& binary, const Pix& rules) {
    constexpr int kReach = 9;  // a rule's thickness, and its soft edges
    const Pix rest(pixSubtract(nullptr, binary.get(), rules.get()));
    const Pix bridged(pixCloseSafeBrick(nullptr, rest.get(), 1, kReach));
    const Pix kept(pixAnd(nullptr, bridged.get(), binary.get()));
    return Pix(pixOr(nullptr, rest.get(), kept.get()));
}

}  // namespace

Pix without_ruled_lines(const Pix& ink) {
    const Pix dark(pixThresholdToBinary(ink.get(), 128));
    Pix binary(pixInvert(nullptr, dark.get()));
    bool has_rules = false;
    for (int turn = 0; turn < 2; ++turn) {
        const Pix rules = level_rules(binary);
        l_int32 is_blank = 1;
        if (rules != nullptr) pixZero(rules.get(), &is_blank);
        if (is_blank == 0) {
            binary = without(binary, rules);
            has_rules = true;
        }
        // The second time for the upright ones.
        binary.reset(turn == 0 ? pixRotate90(binary.get(), 1) : pixRotate90(binary.get(), -1));
    }
    Pix result(pixCopy(nullptr, ink.get()));
    if (!has_rules) return result;
    const Pix near(pixDilateBrick(nullptr, binary.get(), 3, 3));
    const Pix away(pixInvert(nullptr, near.get()));
    pixSetMasked(result.get(), away.get(), 0);
    return result;
}

}  // namespace inkling
