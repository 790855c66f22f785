#include "kernels/update_rules.h"

namespace inkling {
namespace {

struct Slots {
    int operator()(const SgdRule& rule) const { return rule.momentum == 0 ? 0 : 1; }
    int operator()(const AdamRule& rule) const { return rule.amsgrad ? 3 : 2; }
    int operator()(const NadamRule&) const { return 2; }
    int operator()(const RmspropRule& rule) const { return 1 + (rule.centered ? 1 : 0) + (rule.momentum > 0 ? 1 : 0); }
    int operator()(const AdagradRule&) const { return 1; }
    int operator()(const AsgdRule&) const { return 1; }
    int operator()(const LionRule&) const { return 1; }
};

}  // namespace

int slots(const UpdateRule& rule) { return std::visit(Slots{}, rule); }

}  // namespace inkling
