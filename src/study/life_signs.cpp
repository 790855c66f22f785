#include "study/life_signs.h"

#include <fmt/format.h>

#include <charconv>

#include "core/error.h"
#include "core/files.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kGiveEvery = 1s;
constexpr auto kLookEvery = 5s;
constexpr std::size_t kMostNameBytes = 200;

/// 0 where the file is gone, or holds something else.
std::int64_t read_sign(const fs::path& path) {
    constexpr std::uint64_t kMostDigits = 20;
    std::int64_t number = 0;
    std::error_code error;
    if (!fs::exists(path, error)) return number;
    try {
        const std::vector<std::byte> bytes = read_start(path, kMostDigits);
        const auto* const text = reinterpret_cast<const char*>(bytes.data());
        std::from_chars(text, text + bytes.size(), number);
    } catch (const Error&) {
        // Replaced or removed at this moment.
    }
    return number;
}

}  // namespace

LifeSigns::LifeSigns(const fs::path& shared, Clock clock) : folder_(shared / "workers"), clock_(std::move(clock)) {
    make_folder(folder_);
}

/// By the process that has the claim, see owner.h.
fs::path LifeSigns::file_of(const std::string& claim) const {
    std::string name = claim.substr(0, std::min(claim.find('#'), kMostNameBytes));
    for (char& c : name)
        if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9')) c = '-';
    return folder_ / name;
}

void LifeSigns::give(const std::string& claim) {
    const fs::path file = file_of(claim);
    const auto now = clock_();
    const auto given = given_.find(file);
    if (given != given_.end() && now - given->second < kGiveEvery) return;
    // Another number than the last; nobody reads a time from it.
    write_file(file, fmt::format("{}\n", std::chrono::steady_clock::now().time_since_epoch().count()));
    given_[file] = now;
}

std::int64_t LifeSigns::last(const std::string& claim) {
    const fs::path file = file_of(claim);
    const auto now = clock_();
    const auto [sign, is_new] = seen_.try_emplace(file);
    if (is_new || now - sign->second.at >= kLookEvery) sign->second = {.number = read_sign(file), .at = now};
    return sign->second.number;
}

void LifeSigns::forget(const std::string& claim) {
    std::error_code ignored;
    fs::remove(file_of(claim), ignored);
}

}  // namespace inkling
