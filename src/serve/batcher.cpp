#include "serve/batcher.h"

#include <algorithm>

#include "core/threads.h"
#include "serve/message.h"

namespace inkling::serve {

Batcher::Visit::Visit(Batcher& batcher) : batcher_(batcher) {
    const std::lock_guard lock(batcher_.mutex_);
    ++batcher_.on_their_way_;
}

Batcher::Visit::~Visit() {
    if (!on_its_way_) return;
    {
        const std::lock_guard lock(batcher_.mutex_);
        --batcher_.on_their_way_;
    }
    batcher_.changed_.notify_one();
}

std::vector<NetworkOutput> Batcher::Visit::outputs(std::shared_ptr<ServedModel> model,
                                                   std::span<const EmnistImage> images) {
    if (images.empty()) return {};
    const auto latest = Clock::now() + batcher_.options_.longest_wait;
    auto job = std::make_unique<Job>(Job{.model = std::move(model), .images = images, .latest = latest});
    std::future<std::vector<NetworkOutput>> answer = job->answer.get_future();
    {
        const std::lock_guard lock(batcher_.mutex_);
        if (batcher_.waiting_ + images.size() > batcher_.options_.most_waiting)
            throw Refusal(503, "too many images wait to be read; come again in a second");
        batcher_.jobs_.push_back(std::move(job));
        batcher_.waiting_ += images.size();
        --batcher_.on_their_way_;
        on_its_way_ = false;
    }
    batcher_.changed_.notify_one();
    return answer.get();
}

Batcher::Batcher(BatcherOptions options) : options_(std::move(options)), thread_([this] { run(); }) {}

Batcher::~Batcher() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

std::size_t Batcher::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_;
}

/// The first job, and those behind it of the same model that fit into a batch with it. None where it is to stop.
Batcher::Jobs Batcher::take_batch() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !jobs_.empty() || stopping_; });
    changed_.wait_for(lock, options_.window,
                      [&] { return on_their_way_ == 0 || waiting_ >= kBatchImages || stopping_; });
    Jobs batch;
    Jobs others;
    std::size_t images = 0;
    for (std::unique_ptr<Job>& job : jobs_) {
        const bool fits =
            batch.empty() || (job->model == batch.front()->model && images + job->images.size() <= kBatchImages);
        if (fits) images += job->images.size();
        (fits ? batch : others).push_back(std::move(job));
    }
    jobs_ = std::move(others);
    waiting_ -= images;
    return batch;
}

std::vector<std::vector<NetworkOutput>> Batcher::compute(const Jobs& batch) const {
    ServedModel& model = *batch.front()->model;
    std::vector<EmnistImage> images;
    for (const auto& job : batch) images.insert(images.end(), job->images.begin(), job->images.end());
    std::vector<NetworkOutput> all;
    all.reserve(images.size());
    for (std::size_t begin = 0; begin < images.size(); begin += kBatchImages) {
        const auto now = std::span(images).subspan(begin, std::min(kBatchImages, images.size() - begin));
        std::ranges::move(model.outputs(now), std::back_inserter(all));
        options_.on_batch(now.size());
    }
    std::vector<std::vector<NetworkOutput>> answers;
    auto next = std::make_move_iterator(all.begin());
    for (const auto& job : batch) {
        const auto end = next + static_cast<std::ptrdiff_t>(job->images.size());
        answers.emplace_back(next, end);
        next = end;
    }
    return answers;
}

void Batcher::run() {
    set_thread_count(options_.threads);
    while (true) {
        Jobs batch = take_batch();
        if (batch.empty()) return;
        const auto now = Clock::now();
        std::erase_if(batch, [&](const auto& job) {
            if (now <= job->latest) return false;
            job->answer.set_exception(
                std::make_exception_ptr(Refusal(503, "the images waited too long to be read; come again in a second")));
            return true;
        });
        if (batch.empty()) continue;
        std::vector<std::vector<NetworkOutput>> answers;
        try {
            answers = compute(batch);
        } catch (...) {
            for (const auto& job : batch) job->answer.set_exception(std::current_exception());
            continue;
        }
        for (std::size_t i = 0; i < batch.size(); ++i) batch[i]->answer.set_value(std::move(answers[i]));
    }
}

}  // namespace inkling::serve
