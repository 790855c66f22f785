#pragma once

#include <zip.h>

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/hash.h"
#include "core/random.h"
#include "fetch/official_files.h"
#include "idx_files.h"

namespace inkling {

/// A zip archive laid out as the official one: the files of split "digits", 30 training and 20 test images, after and
/// before members that nobody asks for.
class SmallArchive {
  public:
    static constexpr std::size_t kOtherBytes = std::size_t{5} << 20;

    /// `replaced`: new contents of members by their names; empty ones are left out.
    explicit SmallArchive(const std::filesystem::path& path, const std::map<std::string, Bytes>& replaced = {}) {
        add_part("train", 30);
        add_part("test", 20);
        members_["emnist-digits-mapping.txt"] =
            bytes_of("0 48\n1 49\n2 50\n3 51\n4 52\n5 53\n6 54\n7 55\n8 56\n9 57\n");
        for (const auto& [name, contents] : members_)
            if (name != "emnist-digits-mapping.txt") hashes_.emplace_back(name, sha256(contents));
        for (const auto& [name, hash] : hashes_) files_.push_back({name, hash, members_[name].size()});
        for (const auto& [name, contents] : replaced) members_[name] = contents;
        write(path);
        bytes_ = read_file(path);
    }
    SmallArchive(const SmallArchive&) = delete;
    SmallArchive& operator=(const SmallArchive&) = delete;

    const Bytes& bytes() const { return bytes_; }
    bool has(const std::string& name) const { return members_.count(name) != 0; }
    const Bytes& member(const std::string& name) const { return members_.at(name); }

    /// The images and labels with their right hashes.
    const std::vector<OfficialFile>& files() const { return files_; }

  private:
    static Bytes bytes_of(const std::string& text) {
        const auto bytes = std::as_bytes(std::span(text));
        return {bytes.begin(), bytes.end()};
    }

    void add_part(const std::string& part, std::size_t count) {
        std::vector<std::uint8_t> labels(count);
        for (std::size_t i = 0; i < count; ++i) labels[i] = static_cast<std::uint8_t>(i % 10);
        const std::string stem = "emnist-digits-" + part;
        members_[stem + "-images-idx3-ubyte.gz"] = gzip(idx_images(strokes(count, 20)));
        members_[stem + "-labels-idx1-ubyte.gz"] = gzip(idx_labels(labels));
    }

    void write(const std::filesystem::path& path) const {
        zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
        if (archive == nullptr) throw std::runtime_error("cannot write a zip archive");
        Bytes other(kOtherBytes);
        RandomStream random(3, Purpose::kPictures);
        for (std::byte& byte : other) byte = static_cast<std::byte>(random.next_bits());
        const auto add = [&](const std::string& name, const Bytes& contents) {
            zip_source_t* source = zip_source_buffer(archive, contents.data(), contents.size(), 0);
            const auto index = zip_file_add(archive, ("gzip/" + name).c_str(), source, ZIP_FL_ENC_UTF_8);
            if (index < 0) throw std::runtime_error("cannot add to a zip archive");
            // Noise does not get smaller, so only the small members are worth the time.
            if (&contents == &other)
                zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
        };
        add("emnist-byclass-train-images-idx3-ubyte.gz", other);
        for (const auto& [name, contents] : members_)
            if (!contents.empty()) add(name, contents);
        add("emnist-mnist-train-images-idx3-ubyte.gz", other);
        if (zip_close(archive) != 0) throw std::runtime_error("cannot close a zip archive");
    }

    std::map<std::string, Bytes> members_;
    std::vector<std::pair<std::string, std::string>> hashes_;
    std::vector<OfficialFile> files_;
    Bytes bytes_;
};

}  // namespace inkling
