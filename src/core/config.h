#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/range.h"

namespace inkling {

/// Largest configuration file, in bytes.
inline constexpr std::size_t kMaxConfigBytes = std::size_t{256} << 10;

/// A TOML table that is read strictly: each getter checks type and range, and finish() refuses keys that no getter
/// asked for. Errors are wrong usage and say file and line (or the override), key, what was found and what is expected.
/// Copies share the document.
class Config {
  public:
    /// Parses a document. `source` names it in messages. `overrides` are "section.key=value", value being TOML, or a
    /// word without quotes; they replace keys before anything is checked, and messages then name them in place of a
    /// line.
    static Config parse(std::string_view text, const std::string& source, std::span<const std::string> overrides = {});

    bool has(const std::string& key) const;
    /// Whether the key's value is from an override.
    bool overridden(const std::string& key) const;
    bool is_array(const std::string& key) const;
    /// The table's keys, in the order of writing.
    std::vector<std::string> keys() const;

    // A key's value, or `fallback` where the table lacks it.
    bool boolean(const std::string& key, bool fallback);
    std::int64_t integer(const std::string& key, std::int64_t fallback, Range range);
    double number(const std::string& key, double fallback, Range range);
    std::string string(const std::string& key, const std::string& fallback);
    /// The position in `names` of the key's value.
    std::size_t choice(const std::string& key, std::size_t fallback, const std::vector<std::string>& names);
    std::vector<int> integers(const std::string& key, const std::vector<int>& fallback, Range range,
                              std::size_t most_values);
    std::vector<double> numbers(const std::string& key, const std::vector<double>& fallback, Range range,
                                std::size_t most_values);
    std::vector<std::string> strings(const std::string& key, const std::vector<std::string>& fallback,
                                     std::size_t most_values);
    /// A table within this one; empty where it is lacking.
    Config table(const std::string& key);
    /// The tables of an array, or none.
    std::vector<Config> tables(const std::string& key, std::size_t most_tables);

    /// Lets finish() throw if the key is lacking.
    void require(const std::string& key);

    /// Refuses a known key that has no meaning with the value of the key `decider`, and says `reason`. Where only the
    /// decider is from an override, the key was written for another value of it, and is dropped.
    void refuse(const std::string& key, const std::string& decider, const std::string& reason);

    /// To be called when everything was read: refuses unknown keys, naming the nearest known, then missing ones.
    void finish() const;

    /// Where the key, or this table if it lacks the key, was written: "recipes/cnn.toml:12".
    std::string origin(const std::string& key = {}) const;

    /// An error about a key's value, found only now that other values are known.
    Error error(const std::string& key, std::string_view message) const;

  private:
    struct Document {
        toml::table root;
        std::string source;
    };

    Config(std::shared_ptr<const Document> document, const toml::table* table, std::string path, std::string origin);

    const toml::node* find(const std::string& key);
    std::string path_of(const std::string& key) const;
    std::string origin_of(const toml::node& node) const;
    /// An error about `node`, whose path is `path`.
    Error mistyped(const std::string& path, const toml::node& node, const std::string& expected) const;
    double checked_number(const std::string& path, const toml::node& node, Range range) const;
    std::int64_t checked_integer(const std::string& path, const toml::node& node, Range range) const;
    const toml::array& checked_array(const std::string& path, const toml::node& node, std::size_t most) const;

    std::shared_ptr<const Document> document_;
    const toml::table* table_;  // within document_; null: an empty table
    std::string path_;          // "network.layers[3]"; empty for the document itself
    std::string origin_;
    std::set<std::string> known_;
    std::vector<std::string> missing_;
};

}  // namespace inkling
