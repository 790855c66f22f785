#pragma once

#include "cluster/group.h"
#include "nn/exchange.h"

namespace inkling::cli {

/// The processes of a group as those that train one network together.
class GroupExchange : public Exchange {
  public:
    GroupExchange(Group& group, SumOrder order) : group_(group), order_(order) {}

    int rank() const override { return group_.rank(); }
    int size() const override { return group_.size(); }
    void sum(std::span<float> values) override { group_.sum(values, order_); }
    void sum(std::span<double> values) override { group_.sum(values, order_); }

  private:
    Group& group_;
    SumOrder order_;
};

}  // namespace inkling::cli
