#include "serve/batcher.h"

#include <atomic>
#include <latch>
#include <thread>

#include "core/threads.h"
#include "serve/served_folder.h"

namespace inkling::serve {
namespace {

class BatcherTest : public testing::Test {
  protected:
    BatcherTest() { set_thread_count(1); }

    BatcherOptions options() {
        return {.on_batch = [this](std::size_t images) {
            const std::lock_guard lock(mutex_);
            batches_.push_back(images);
        }};
    }

    std::vector<std::size_t> batches() const {
        const std::lock_guard lock(mutex_);
        return batches_;
    }

    std::shared_ptr<ServedModel> model(float slope) const {
        return std::make_shared<ServedModel>("middle", middle_model(slope, kNames), 1);
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::size_t> batches_;
};

TEST_F(BatcherTest, GivesEachTheProbabilitiesOfItsImages) {
    Batcher batcher(options());
    const auto first = model(1), second = model(2);
    constexpr int kClients = 16;
    std::latch ready(kClients);
    std::vector<std::thread> clients;
    for (int i = 0; i < kClients; ++i)
        clients.emplace_back([&, i] {
            std::vector<EmnistImage> images(static_cast<std::size_t>(1 + i % 3), image_with(0));
            images.back() = image_with(255);
            ready.arrive_and_wait();
            for (int repeat = 0; repeat < 20; ++repeat) {
                Batcher::Visit visit(batcher);
                const auto rows = visit.outputs(i % 2 == 0 ? first : second, images);
                ASSERT_EQ(rows.size(), images.size());
                EXPECT_NEAR(rows.back().probabilities.back(), probability_of_b(i % 2 == 0 ? 1 : 2), 1e-6);
                if (images.size() > 1)
                    EXPECT_NEAR(rows.front().probabilities.front(), probability_of_b(i % 2 == 0 ? 1 : 2), 1e-6);
            }
        });
    for (std::thread& client : clients) client.join();
    std::size_t images = 0;
    for (const std::size_t batch : batches()) images += batch;
    EXPECT_EQ(images, 20u * (6 * 1 + 5 * 2 + 5 * 3));
}

TEST_F(BatcherTest, ComputesTogetherWhatIsOnItsWay) {
    BatcherOptions slow = options();
    slow.window = std::chrono::seconds(60);  // it waits for those that were announced, and ends with the last of them
    Batcher batcher(slow);
    const auto first = model(1);
    constexpr int kClients = 8;
    std::latch announced(kClients);
    std::vector<std::thread> clients;
    for (int i = 0; i < kClients; ++i)
        clients.emplace_back([&] {
            Batcher::Visit visit(batcher);
            announced.arrive_and_wait();
            const std::vector<EmnistImage> images(2, image_with(255));
            EXPECT_EQ(visit.outputs(first, images).size(), 2u);
        });
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(batches(), std::vector<std::size_t>{16});
    {
        Batcher::Visit leaves(batcher);  // and waits for nobody who went
    }
    Batcher::Visit alone(batcher);
    EXPECT_EQ(alone.outputs(first, std::vector<EmnistImage>(1)).size(), 1u);
    EXPECT_EQ(batches().back(), 1u);
}

TEST_F(BatcherTest, CutsWhatIsMoreThanABatch) {
    Batcher batcher(options());
    Batcher::Visit visit(batcher);
    const auto rows = visit.outputs(model(1), std::vector<EmnistImage>(150, image_with(255)));
    ASSERT_EQ(rows.size(), 150u);
    for (const NetworkOutput& row : rows) ASSERT_NEAR(row.probabilities[3], probability_of_b(1), 1e-6);
    EXPECT_EQ(batches(), (std::vector<std::size_t>{64, 64, 22}));
}

TEST_F(BatcherTest, RefusesWhatWouldWaitTooLong) {
    BatcherOptions small = options();
    small.most_waiting = 3;
    small.longest_wait = std::chrono::milliseconds(-1);
    Batcher batcher(small);
    const auto first = model(1);
    const auto refusal = [&](std::size_t images) {
        return refusal_of([&] {
            Batcher::Visit visit(batcher);
            visit.outputs(first, std::vector<EmnistImage>(images));
        });
    };
    EXPECT_EQ(refusal(4), "503 too many images wait to be read; come again in a second");
    EXPECT_EQ(refusal(3), "503 the images waited too long to be read; come again in a second");
    EXPECT_EQ(batcher.waiting(), 0u);
    EXPECT_TRUE(batches().empty());
}

TEST_F(BatcherTest, HandsOnWhatFails) {
    Batcher batcher(options());
    set_thread_count(2);
    const auto other = model(1);  // made for other threads than those that compute
    set_thread_count(1);
    for (int i = 0; i < 2; ++i)
        EXPECT_THROW(
            {
                Batcher::Visit visit(batcher);
                visit.outputs(other, std::vector<EmnistImage>(1));
            },
            Error);
    Batcher::Visit visit(batcher);
    EXPECT_EQ(visit.outputs(model(1), std::vector<EmnistImage>(1)).size(), 1u);
}

}  // namespace
}  // namespace inkling::serve
