#pragma once

#include <vector>

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

    void begin_sum(std::span<float> values) override {
        if (order_ != SumOrder::kFastest) return sum(values);
        pending_.push_back(group_.begin_sum(values));
    }

    void advance_sums() override {
        for (PendingSum& each : pending_) each.advance();
    }

    void finish_sums() override {
        for (PendingSum& each : pending_) each.wait();
        pending_.clear();
    }

  private:
    Group& group_;
    SumOrder order_;
    std::vector<PendingSum> pending_;
};

}  // namespace inkling::cli
