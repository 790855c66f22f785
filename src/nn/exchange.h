#pragma once

#include <span>

namespace inkling {

/// Processes that train one network together: each holds the whole of it and its own part of every batch, neighbouring
/// samples by rank. All call sum() and begin_sum() as often and in the same order, by one thread of each.
class Exchange {
  public:
    Exchange() = default;
    virtual ~Exchange() = default;
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    virtual int rank() const = 0;  // from 0
    virtual int size() const = 0;

    /// Adds up the values of all processes, which have as many, in place. All get the same bytes.
    virtual void sum(std::span<float> values) = 0;
    virtual void sum(std::span<double> values) = 0;

    /// As sum(), but may return before it is done; until finish_sums() nobody may touch the values. Other sums may be
    /// begun and made meanwhile.
    virtual void begin_sum(std::span<float> values) = 0;

    /// Lets what was begun go on, and waits for nobody: to be called now and then.
    virtual void advance_sums() = 0;

    /// Returns when all that was begun is added up.
    virtual void finish_sums() = 0;
};

/// With whom a network's batches are shared, and how they are cut.
struct Sharing {
    Exchange* exchange = nullptr;  // null: with nobody
    /// Whether all sums over a batch are made over slice_count() slices, neighbours first, so that they are the same
    /// for any number of threads and processes. The exchange must then add neighbours first too.
    bool reproducible = false;
    /// Whether batch norm in training takes its moments of the whole batch, as torch.nn.SyncBatchNorm does; else each
    /// process takes its own part's, by which its running statistics move too. Must be so where `reproducible`.
    bool sync_batch_norm = true;

    int processes() const { return exchange == nullptr ? 1 : exchange->size(); }
    int rank() const { return exchange == nullptr ? 0 : exchange->rank(); }
};

/// Into how many slices of one size a whole batch is cut where what comes of it must not depend on threads and
/// processes: 8, or more of at most 32 samples; fewer where the batch has not as many factors of 2.
constexpr int slice_count(int batch) {
    int slices = 1;
    while (batch % (2 * slices) == 0 && (slices < 8 || batch / slices > 32)) slices *= 2;
    return slices;
}

}  // namespace inkling
