#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/threads.h"
#include "nn/cpu/tree_sum.h"
#include "nn/exchange.h"

namespace inkling {

/// Threads of this process in place of processes: they add up neighbours first.
class JoinedThreads {
  public:
    explicit JoinedThreads(int size) : barrier_(size), rows_(static_cast<std::size_t>(size)) {}

    int size() const { return static_cast<int>(rows_.size()); }

    void sum(int rank, std::span<double> values) {
        rows_[static_cast<std::size_t>(rank)].assign(values.begin(), values.end());
        barrier_.arrive_and_wait();
        if (rank == 0)
            add_as_tree(rows_.size(), [&](std::size_t to, std::size_t from) {
                for (std::size_t i = 0; i < values.size(); ++i) rows_[to][i] += rows_[from][i];
            });
        barrier_.arrive_and_wait();
        std::copy_n(rows_.front().begin(), values.size(), values.begin());
        barrier_.arrive_and_wait();
    }

    /// Each sum rounded to float, as floats are added.
    void sum(int rank, std::span<float> values) {
        rows_[static_cast<std::size_t>(rank)].assign(values.begin(), values.end());
        barrier_.arrive_and_wait();
        if (rank == 0)
            add_as_tree(rows_.size(), [&](std::size_t to, std::size_t from) {
                for (std::size_t i = 0; i < values.size(); ++i)
                    rows_[to][i] = static_cast<float>(rows_[to][i]) + static_cast<float>(rows_[from][i]);
            });
        barrier_.arrive_and_wait();
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(rows_.front()[i]);
        barrier_.arrive_and_wait();
    }

  private:
    std::barrier<> barrier_;
    std::vector<std::vector<double>> rows_;
};

/// One of them. What it has begun to add up it takes away until all is finished, so that whoever reads or writes there
/// meanwhile is found out.
class JoinedThread : public Exchange {
  public:
    /// What an exchange was asked to do, in this order: "sum", "begin 300", "finish".
    using Calls = std::vector<std::string>;

    JoinedThread(JoinedThreads& threads, int rank) : threads_(threads), rank_(rank) {}
    int rank() const override { return rank_; }
    int size() const override { return threads_.size(); }

    void sum(std::span<float> values) override {
        calls_.emplace_back("sum");
        threads_.sum(rank_, values);
    }

    void sum(std::span<double> values) override {
        calls_.emplace_back("sum");
        threads_.sum(rank_, values);
    }

    void begin_sum(std::span<float> values) override {
        calls_.push_back("begin " + std::to_string(values.size()));
        begun_.push_back({values, {values.begin(), values.end()}});
        std::ranges::fill(values, kTaken);
    }

    void advance_sums() override { ++advances_; }

    void finish_sums() override {
        calls_.emplace_back("finish");
        for (auto& [place, values] : begun_) {
            EXPECT_TRUE(std::ranges::all_of(place, [](float value) { return value == kTaken; }));
            threads_.sum(rank_, values);
            std::ranges::copy(values, place.begin());
        }
        begun_.clear();
    }

    const Calls& calls() const { return calls_; }
    int advances() const { return advances_; }

  private:
    static constexpr float kTaken = -1234.5f;

    struct Begun {
        std::span<float> place;
        std::vector<float> values;
    };

    JoinedThreads& threads_;
    int rank_;
    std::vector<Begun> begun_;
    Calls calls_;
    int advances_ = 0;
};

/// Calls body(exchange) on `ranks` joined threads, which work with `threads` threads each; one has no exchange.
inline void in_joined_threads(int ranks, int threads, const std::function<void(JoinedThread*)>& body) {
    JoinedThreads joined(ranks);
    std::vector<std::thread> all;
    std::vector<std::exception_ptr> errors(static_cast<std::size_t>(ranks));
    for (int rank = 0; rank < ranks; ++rank)
        all.emplace_back([&, rank] {
            set_thread_count(threads);
            JoinedThread exchange(joined, rank);
            try {
                body(ranks == 1 ? nullptr : &exchange);
            } catch (...) {
                errors[static_cast<std::size_t>(rank)] = std::current_exception();
            }
        });
    for (std::thread& each : all) each.join();
    for (const std::exception_ptr& error : errors)
        if (error) std::rethrow_exception(error);
}

}  // namespace inkling
