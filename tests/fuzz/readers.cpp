#include "fuzz/readers.h"

#include <algorithm>

#include "serve/message.h"

namespace inkling {

std::vector<OutsideReader> outside_readers() {
    std::vector<OutsideReader> all;
    for (const auto& readers : {data_readers(), network_readers(), study_readers(), request_readers()})
        all.insert(all.end(), readers.begin(), readers.end());
    return all;
}

bool try_reader(const OutsideReader& reader, std::span<const std::byte> bytes) {
    const auto expect_line = [](std::string_view message) {
        const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
        expect_reading(!message.empty() && std::ranges::none_of(message, is_control), "a refusal is no line of text");
        expect_reading(message.size() < 2000, "a refusal is longer than who reads it has patience for");
    };
    try {
        reader.read(bytes);
        return true;
    } catch (const Error& error) {
        expect_line(error.what());
        expect_reading(error.status() == reader.refusal, "a refusal has another status than its reader's");
    } catch (const serve::Refusal& refusal) {
        expect_line(refusal.what());
        expect_reading(refusal.status() >= 400 && refusal.status() < 500, "a refusal does not blame the request");
    }
    return false;
}

}  // namespace inkling
