// Started by mpirun in group_test.py: group_scenarios NAME, what several processes do together. Ends with status 0
// where each saw what it should, and says on standard error what it saw otherwise.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <thread>

#include "cluster/group.h"
#include "core/random.h"

namespace inkling {
namespace {

void expect(bool holds, const std::string& what) {
    if (!holds) throw failed("expected that {}", what);
}

/// Numbers of very different sizes, so that the order of a sum shows in its bytes.
std::vector<float> values_of(int rank, std::size_t count) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto mixed = static_cast<std::uint32_t>(i * 2654435761u + static_cast<std::size_t>(rank) * 40503u);
        values[i] = std::ldexp(static_cast<float>(mixed % 100003) - 50000.f, static_cast<int>(mixed >> 8) % 40 - 20);
    }
    return values;
}

void sums(Group& group) {
    for (const std::size_t count : {0, 1, 2, 3, 1000, 300001}) {
        std::vector<double> exact(count);
        std::vector<double> size(count);
        for (int rank = 0; rank < group.size(); ++rank) {
            const std::vector<float> more = values_of(rank, count);
            for (std::size_t i = 0; i < count; ++i) {
                exact[i] += static_cast<double>(more[i]);
                size[i] += std::abs(static_cast<double>(more[i]));
            }
        }
        std::vector<float> fastest = values_of(group.rank(), count);
        std::vector<float> begun = fastest;
        PendingSum first = group.begin_sum(begun);
        std::vector<float> advanced = fastest;
        PendingSum second = group.begin_sum(advanced);
        group.sum(fastest);
        for (int i = 0; i < 100; ++i) second.advance();
        first.wait();
        second.advance();
        second.wait();
        for (std::size_t i = 0; i < count; ++i)
            expect(std::abs(static_cast<double>(fastest[i]) - exact[i]) <= 1e-6 * size[i],
                   fmt::format("value {} of {} is the sum", i, count));
        expect(begun == fastest && advanced == fastest, "a sum that was begun is the same");
        std::vector<double> doubles(exact.size());
        std::ranges::copy(values_of(group.rank(), count), doubles.begin());
        group.sum(doubles);
        for (std::size_t i = 0; i < count; ++i)
            expect(std::abs(doubles[i] - exact[i]) <= 1e-14 * size[i], fmt::format("double {} is the sum", i));
    }
}

/// The sum of the values of `count` ranks from `first` on, neighbours first.
template <class Value>
std::vector<Value> tree_of(int first, int count, std::size_t values) {
    if (count == 1) {
        const std::vector<float> own = values_of(first, values);
        return {own.begin(), own.end()};
    }
    std::vector<Value> sum = tree_of<Value>(first, count / 2, values);
    const std::vector<Value> more = tree_of<Value>(first + count / 2, count / 2, values);
    for (std::size_t i = 0; i < values; ++i) sum[i] += more[i];
    return sum;
}

template <class Value>
void tree_of_values(Group& group) {
    for (const std::size_t count : {0, 1, 3, 300001}) {
        const std::vector<float> own = values_of(group.rank(), count);
        std::vector<Value> values(own.begin(), own.end());
        group.sum(values, SumOrder::kTree);
        expect(values == tree_of<Value>(0, group.size(), count),
               fmt::format("{} values have the bytes of a tree over the ranks", count));
    }
}

void tree(Group& group) {
    tree_of_values<float>(group);
    tree_of_values<double>(group);
}

void words(Group& group) {
    const std::string text = fmt::format("{}", std::string(100000, 'x'));
    expect(group.broadcast(group.rank() == 0 ? text : "", text.size()) == text, "all get what rank 0 says");
    expect(group.broadcast("", 0).empty(), "nothing can be said");
    const auto all = group.gather(std::string(static_cast<std::size_t>(group.rank()), 'r'), 10);
    expect(all.size() == (group.rank() == 0 ? static_cast<std::size_t>(group.size()) : 0), "rank 0 alone gathers");
    for (std::size_t i = 0; i < all.size(); ++i) expect(all[i] == std::string(i, 'r'), "words come by rank");
    expect(own_cores(group, 64) == 64 / group.size() || own_cores(group, 64) == 64,
           "who may run on the same cores shares them");
    group.barrier();
}

/// Each sends each other one messages of odd sizes, of two kinds.
void messages(Group& group) {
    constexpr std::size_t kMost = 1 << 24;
    const std::size_t sizes[] = {0, 1, 3, 4095, 65537, 1000003, kMost};
    for (int to = 0; to < group.size(); ++to)
        for (const std::size_t size : sizes)
            if (to != group.rank())
                for (const int kind : {5, 6})
                    group.send(to, kind, std::string(size, static_cast<char>('a' + group.rank() + kind)));
    for (const int kind : {6, 5}) {
        std::map<int, std::size_t> seen;
        for (std::size_t left = std::size(sizes) * static_cast<std::size_t>(group.size() - 1); left > 0;) {
            const auto message = group.try_receive(kind, kMost);
            if (!message) continue;
            expect(message->bytes ==
                       std::string(sizes[seen[message->from]++], static_cast<char>('a' + message->from + kind)),
                   "messages come whole and in order");
            --left;
        }
    }
    expect(!group.try_receive(5, kMost), "no message is left");
}

void too_large(Group& group) {
    if (group.rank() == 1) group.send(0, 1, std::string(1001, 'x'));
    for (Pause pause; group.rank() == 0; pause.sleep()) group.try_receive(1, 1000);
    group.barrier();
}

void throws(Group& group) {
    if (group.rank() == group.size() - 1) throw bad_data("its data are gone");
    group.barrier();
}

void waits(Group& group) {
    group.barrier();
    if (group.rank() == 0) fmt::print("all wait\n");
    std::fflush(stdout);
    while (group.rank() >= 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

/// One by its own word, the others by their end.
void leaves(Group& group) {
    if (group.rank() == 0) expect(group.leave(std::chrono::seconds(30)), "all leave");
}

void shares(Group& group) {
    const std::string text(100'000, static_cast<char>('a' + group.rank()));
    int made = 0;
    const std::optional<SealedMemory> memory = once_a_machine(group, [&] {
        ++made;
        return SealedMemory::make(std::array{std::as_bytes(std::span(text))});
    });
    expect(memory && memory->bytes().size() == text.size(), "all have it");
    expect(static_cast<char>(memory->bytes().front()) == 'a' && static_cast<char>(memory->bytes().back()) == 'a',
           "it is rank 0's");
    expect(made == (group.rank() == 0 ? 1 : 0), "rank 0 alone makes it");
    expect(!once_a_machine(group, [] { return std::optional<SealedMemory>(); }), "nobody has what cannot be made");
}

int run(const std::string& name) {
    const std::map<std::string, std::function<void(Group&)>> scenarios = {
        {"sums", sums},     {"tree", tree},   {"words", words},   {"messages", messages}, {"too_large", too_large},
        {"throws", throws}, {"waits", waits}, {"leaves", leaves}, {"shares", shares}};
    Group group;
    try {
        scenarios.at(name)(group);
    } catch (const Error& error) {
        fmt::print(stderr, "inkling: rank {} on {}: {}\n", group.rank(), host_name(), error.what());
        group.end_job(error.status());
    }
    if (group.rank() == 0) fmt::print("{} processes did it\n", group.size());
    return 0;
}

}  // namespace
}  // namespace inkling

int main(int argc, char** argv) { return inkling::run(argc > 1 ? argv[1] : "sums"); }
