#include "core/config.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "core/nearest_name.h"
#include "core/printable.h"
#include "core/text.h"

namespace inkling {
namespace {

/// The TOML library calls itself once for each part of a dotted key; so many fit on any stack.
constexpr std::ptrdiff_t kMaxDots = 4096;

std::string value_text(const toml::node& node) {
    if (const auto* value = node.as_string()) return fmt::format("\"{}\"", printable(value->get()));
    if (const auto* value = node.as_integer()) return fmt::format("{}", value->get());
    if (const auto* value = node.as_floating_point()) return fmt::format("{}", value->get());
    if (const auto* value = node.as_boolean()) return value->get() ? "true" : "false";
    if (node.is_array()) return "a list";
    return node.is_table() ? "a table" : "a date or time";
}

/// A recipe is part of the command, not of the data.
std::string recipe_text(std::string_view contents, const std::string& source) {
    try {
        return plain_text(contents, source);
    } catch (const Error& error) {
        throw wrong_usage("{}", error.what());
    }
}

toml::table parse_table(std::string_view text, const std::string& source) {
    if (text.size() > kMaxConfigBytes)
        throw wrong_usage("{}: {} bytes, but a recipe has {} at most", source, text.size(), kMaxConfigBytes);
    if (std::count(text.begin(), text.end(), '.') > kMaxDots)
        throw wrong_usage("{}: more than {} dots; is this a recipe?", source, kMaxDots);
    try {
        return toml::parse(text, std::string_view(source));
    } catch (const toml::parse_error& error) {
        const bool has_lines = text.find('\n') != std::string_view::npos;
        throw wrong_usage("{}{}: this is not TOML: {}", source,
                          has_lines ? fmt::format(":{}", error.source().begin.line) : "",
                          printable(error.description()));
    }
}

bool is_bare_key(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
}

/// Words like sgd or one_cycle and paths like runs/cnn-0 may stand without quotes, as shells take quotes away.
bool is_word(std::string_view value) {
    const bool is_path = value.find('/') != std::string_view::npos;
    const bool plain = std::all_of(value.begin(), value.end(), [&](char c) {
        return is_bare_key(std::string_view(&c, 1)) || (is_path && (c == '/' || c == '.'));
    });
    return !value.empty() && plain && (is_path || std::isalpha(static_cast<unsigned char>(value.front())) != 0) &&
           value != "true" && value != "false" && value != "inf" && value != "nan";
}

void apply_override(toml::table& root, const std::string& text) {
    const std::string source = "--set " + printable(text);
    const std::size_t equals = text.find('=');
    const std::string_view path = trimmed(std::string_view(text).substr(0, equals));
    const std::size_t dot = path.find('.');
    const std::string_view section = path.substr(0, dot);
    const std::string_view key = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    const bool one_line = std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20; });
    if (equals == std::string::npos || !is_bare_key(section) || !is_bare_key(key) || !one_line)
        throw wrong_usage("{}: expected section.key=value, for instance --set training.epochs=4", source);

    const std::string_view value = trimmed(std::string_view(text).substr(equals + 1));
    const std::string quote = is_word(value) ? "\"" : "";
    const std::string assignment = fmt::format("{}.{} = {}{}{}", section, key, quote, value, quote);
    toml::table parsed = parse_table(assignment, source);
    // Moving a node keeps its source, by which an override is known.
    toml::node& parsed_section = *parsed.get(section);
    if (root.get(section) == nullptr)
        root.insert_or_assign(section, std::move(parsed_section));
    else if (toml::table* present = root.get(section)->as_table())
        present->insert_or_assign(key, std::move(*parsed_section.as_table()->get(key)));
}

}  // namespace

Config Config::parse(std::string_view text, const std::string& source, std::span<const std::string> overrides) {
    auto document = std::make_shared<Document>(Document{parse_table(recipe_text(text, source), source), source});
    for (const std::string& override_text : overrides) apply_override(document->root, override_text);
    const toml::table* root = &document->root;
    return {std::move(document), root, "", source};
}

Config::Config(std::shared_ptr<const Document> document, const toml::table* table, std::string path, std::string origin)
    : document_(std::move(document)), table_(table), path_(std::move(path)), origin_(std::move(origin)) {}

const toml::node* Config::find(const std::string& key) {
    known_.insert(key);
    return table_ == nullptr ? nullptr : table_->get(key);
}

bool Config::has(const std::string& key) const { return table_ != nullptr && table_->contains(key); }

bool Config::overridden(const std::string& key) const {
    return has(key) && *table_->get(key)->source().path != document_->source;
}

bool Config::is_array(const std::string& key) const { return has(key) && table_->get(key)->is_array(); }

std::vector<std::string> Config::keys() const {
    std::vector<std::string> names;
    if (table_ == nullptr) return names;
    names.reserve(table_->size());
    for (const auto& [name, node] : *table_) names.emplace_back(name.str());
    // The library keeps them in the order of their names.
    const auto begin = [&](const std::string& name) { return table_->get(name)->source().begin; };
    std::stable_sort(names.begin(), names.end(),
                     [&](const std::string& a, const std::string& b) { return begin(a) < begin(b); });
    return names;
}

std::string Config::path_of(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }

std::string Config::origin_of(const toml::node& node) const {
    const std::string& source = *node.source().path;
    return source == document_->source ? fmt::format("{}:{}", source, node.source().begin.line) : source;
}

std::string Config::origin(const std::string& key) const { return has(key) ? origin_of(*table_->get(key)) : origin_; }

Error Config::error(const std::string& key, std::string_view message) const {
    return wrong_usage("{}: {} {}", origin(key), path_of(key), message);
}

Error Config::mistyped(const std::string& path, const toml::node& node, const std::string& expected) const {
    return wrong_usage("{}: {} is {}, expected {}", origin_of(node), path, value_text(node), expected);
}

double Config::checked_number(const std::string& path, const toml::node& node, Range range) const {
    const auto value = node.is_number() ? node.value<double>() : std::nullopt;
    // Settings are kept as float, and must be in range as such.
    if (!value || !range.contains(*value) || !range.contains(static_cast<float>(*value)))
        throw mistyped(path, node, "a number, " + range.text());
    return *value;
}

std::int64_t Config::checked_integer(const std::string& path, const toml::node& node, Range range) const {
    const auto* value = node.as_integer();
    if (value == nullptr || !range.contains(static_cast<double>(value->get()))) {
        const bool has_point = node.is_floating_point();  // which is not printed where zeros follow
        throw mistyped(path, node,
                       (has_point ? "a whole number without a point, " : "a whole number, ") + range.text());
    }
    return value->get();
}

const toml::array& Config::checked_array(const std::string& path, const toml::node& node, std::size_t most) const {
    const toml::array* array = node.as_array();
    if (array == nullptr) throw mistyped(path, node, "a list");
    if (array->size() > most)
        throw wrong_usage("{}: {} is a list of {}, expected {} at most", origin_of(node), path, array->size(), most);
    return *array;
}

bool Config::boolean(const std::string& key, bool fallback) {
    const toml::node* node = find(key);
    if (node == nullptr) return fallback;
    if (!node->is_boolean()) throw mistyped(path_of(key), *node, "true or false");
    return node->as_boolean()->get();
}

std::int64_t Config::integer(const std::string& key, std::int64_t fallback, Range range) {
    const toml::node* node = find(key);
    return node == nullptr ? fallback : checked_integer(path_of(key), *node, range);
}

double Config::number(const std::string& key, double fallback, Range range) {
    const toml::node* node = find(key);
    return node == nullptr ? fallback : checked_number(path_of(key), *node, range);
}

std::string Config::string(const std::string& key, const std::string& fallback) {
    const toml::node* node = find(key);
    if (node == nullptr) return fallback;
    if (!node->is_string()) throw mistyped(path_of(key), *node, "text in quotes");
    return node->as_string()->get();
}

std::size_t Config::choice(const std::string& key, std::size_t fallback, const std::vector<std::string>& names) {
    const toml::node* node = find(key);
    if (node == nullptr) return fallback;
    const std::string value = node->is_string() ? node->as_string()->get() : std::string();
    const auto found = std::find(names.begin(), names.end(), value);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    const std::string nearest = nearest_name(value.substr(0, 64), names);
    throw mistyped(path_of(key), *node,
                   fmt::format("one of {}{}", fmt::join(names, ", "),
                               nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
}

std::vector<int> Config::integers(const std::string& key, const std::vector<int>& fallback, Range range,
                                  std::size_t most_values) {
    const toml::node* node = find(key);
    if (node == nullptr) return fallback;
    std::vector<int> values;
    for (const toml::node& item : checked_array(path_of(key), *node, most_values)) {
        const std::string path = fmt::format("{}[{}]", path_of(key), values.size());
        values.push_back(static_cast<int>(checked_integer(path, item, range)));
    }
    return values;
}

std::vector<double> Config::numbers(const std::string& key, const std::vector<double>& fallback, Range range,
                                    std::size_t most_values) {
    const toml::node* node = find(key);
    if (node == nullptr) return fallback;
    std::vector<double> values;
    for (const toml::node& item : checked_array(path_of(key), *node, most_values)) {
        const std::string path = fmt::format("{}[{}]", path_of(key), values.size());
        values.push_back(checked_number(path, item, range));
    }
    return values;
}

std::vector<std::string> Config::strings(const std::string& key, const std::vector<std::string>& fallback,
                                         std::size_t most_values) {
    const toml::node* node = find(key);
    if (node == nullptr) return fallback;
    std::vector<std::string> values;
    for (const toml::node& item : checked_array(path_of(key), *node, most_values)) {
        const std::string path = fmt::format("{}[{}]", path_of(key), values.size());
        if (!item.is_string()) throw mistyped(path, item, "text in quotes");
        values.push_back(item.as_string()->get());
    }
    return values;
}

Config Config::table(const std::string& key) {
    const toml::node* node = find(key);
    if (node == nullptr) return {document_, nullptr, path_of(key), origin_};
    if (!node->is_table()) throw mistyped(path_of(key), *node, fmt::format("a section [{}]", path_of(key)));
    return {document_, node->as_table(), path_of(key), origin_of(*node)};
}

std::vector<Config> Config::tables(const std::string& key, std::size_t most_tables) {
    const toml::node* node = find(key);
    std::vector<Config> result;
    if (node == nullptr) return result;
    for (const toml::node& item : checked_array(path_of(key), *node, most_tables)) {
        const std::string path = fmt::format("{}[{}]", path_of(key), result.size());
        if (!item.is_table()) throw mistyped(path, item, "a table");
        result.push_back(Config(document_, item.as_table(), path, origin_of(item)));
    }
    return result;
}

void Config::require(const std::string& key) {
    if (find(key) == nullptr) missing_.push_back(key);
}

void Config::refuse(const std::string& key, const std::string& decider, const std::string& reason) {
    if (find(key) == nullptr) return;
    if (overridden(decider) && !overridden(key)) return;
    throw error(key, reason);
}

void Config::finish() const {
    if (table_ != nullptr) {
        const std::vector<std::string> known(known_.begin(), known_.end());
        for (const auto& [name, node] : *table_) {
            const std::string key(name.str());
            if (known_.contains(key)) continue;
            const std::string nearest = nearest_name(key.substr(0, 64), known);
            throw wrong_usage("{}: unknown key {}; {}", origin_of(node), path_of(printable(key)),
                              nearest.empty() ? fmt::format("known here are {}", fmt::join(known, ", "))
                                              : fmt::format("did you mean {}?", nearest));
        }
    }
    if (!missing_.empty()) throw wrong_usage("{}: {} is missing", origin_, path_of(missing_.front()));
}

}  // namespace inkling
