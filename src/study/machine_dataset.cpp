#include "study/machine_dataset.h"

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace inkling {
namespace {

using nlohmann::json;

Error damaged() {
    return failed(
        "the images that another process of this machine shares are damaged; start the same program everywhere");
}

/// All but labels and images, which follow it in the memory. Its size comes before it.
std::string header_of(const Dataset& data) {
    json files = json::array();
    for (const DataFile& file : data.files) files.push_back({file.name, file.sha256});
    const std::vector<std::uint8_t> header =
        json::to_msgpack({{"split", data.split},
                          {"test", data.part == Part::kTest},
                          {"shape", {data.shape.channels, data.shape.height, data.shape.width}},
                          {"classes", data.class_names},
                          {"writers", data.writers},
                          {"files", std::move(files)},
                          {"stored", data.stored ? orientation_name(*data.stored) : ""},
                          {"read_as", data.read_as},
                          {"assumed", data.assumed}});
    return {header.begin(), header.end()};
}

Dataset read_header(std::span<const std::byte> header) {
    const json read = json::from_msgpack(header.begin(), header.end());
    Dataset data{.split = read.at("split"),
                 .part = read.at("test").get<bool>() ? Part::kTest : Part::kTrain,
                 .shape = {read.at("shape").at(0), read.at("shape").at(1), read.at("shape").at(2)},
                 .images = {},
                 .labels = {},
                 .class_names = read.at("classes"),
                 .writers = read.at("writers"),
                 .files = {},
                 .stored = find_orientation(read.at("stored").get<std::string>()),
                 .read_as = read.at("read_as"),
                 .assumed = read.at("assumed")};
    for (const json& file : read.at("files")) data.files.push_back({.name = file.at(0), .sha256 = file.at(1)});
    return data;
}

}  // namespace

std::optional<SealedMemory> sealed_dataset(const Dataset& data) {
    const std::string header = header_of(data);
    const std::uint64_t size = header.size();
    return SealedMemory::make(std::array{std::as_bytes(std::span(&size, 1)), std::as_bytes(std::span(header)),
                                         std::as_bytes(std::span(data.labels)), std::as_bytes(data.pixels())});
}

Dataset dataset_in(SealedMemory memory) try {
    const auto kept = std::make_shared<const SealedMemory>(std::move(memory));
    std::span<const std::byte> rest = kept->bytes();
    const auto take = [&](std::size_t size) {
        if (size > rest.size()) throw damaged();
        const auto taken = rest.first(size);
        rest = rest.subspan(size);
        return taken;
    };
    std::uint64_t header = 0;
    std::memcpy(&header, take(sizeof header).data(), sizeof header);
    Dataset data = read_header(take(header));
    const std::size_t size = rest.size() / (1 + data.shape.size());
    if (rest.size() != size * (1 + data.shape.size())) throw damaged();
    const auto* const labels = reinterpret_cast<const std::uint8_t*>(take(size).data());
    data.labels.assign(labels, labels + size);
    data.shared = {kept, reinterpret_cast<const std::uint8_t*>(rest.data())};
    return data;
} catch (const json::exception&) {
    throw damaged();
}

Dataset load_once_a_machine(Group& group, const std::function<Dataset()>& load) {
    std::optional<Dataset> own;
    std::optional<SealedMemory> memory = once_a_machine(group, [&] {
        own = load();
        return sealed_dataset(*own);
    });
    if (memory) return dataset_in(std::move(*memory));
    return own ? std::move(*own) : load();
}

}  // namespace inkling
