#include "formats/csv_format.h"

#include <csv.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <regex>
#include <set>

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "core/text.h"
#include "data/byte_source.h"
#include "data/idx.h"
#include "formats/class_names.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPixels = kIdxImageShape.width * kIdxImageShape.height;
constexpr std::size_t kColumns = 1 + kPixels;
constexpr std::size_t kLongestField = 256;
constexpr std::size_t kBlock = std::size_t{64} << 10;

/// libcsv keeps a field in a buffer that grows with it.
void* bounded_realloc(void* memory, std::size_t size) {
    constexpr std::size_t kMost = std::size_t{64} << 10;
    return size > kMost ? nullptr : std::realloc(memory, size);
}

std::optional<int> byte_of(std::string_view field) {
    int value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc() || end != field.data() + field.size() || value < 0 || value > 255) return {};
    return value;
}

bool looks_like_a_number(std::string_view field) {
    double value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    return error != std::errc::invalid_argument && end == field.data() + field.size();
}

/// Takes the fields of a file one after another. What is wrong is kept until who feeds the parser asks, because nothing
/// may be thrown through it.
class Rows {
  public:
    explicit Rows(std::string name) : name_(std::move(name)) {}

    void field(std::string_view text) {
        if (!wrong_.empty()) return;
        if (text.size() > kLongestField) return refuse(text.substr(0, 20), "a number");
        if (row_ == 0) return first_row(text);
        if (columns_ < kColumns) take(text);
        ++columns_;
    }

    /// `end`: the character that ends a line, or -1 at the end of the file. Blank lines come too.
    void end_of_row(int end) {
        if (!wrong_.empty()) return;
        const bool is_blank = columns_ == 0;
        if (!is_blank) end_of_images_row();
        const bool is_second_of_pair = end == '\n' && is_blank && last_end_ == '\r';
        if (!is_second_of_pair && wrong_.empty()) ++line_;
        last_end_ = end;
    }

    void check() const {
        if (!wrong_.empty()) throw Error(ExitStatus::kData, wrong_);
    }

    /// That is being read.
    std::size_t line() const { return line_; }

    StoredPart finish() &&;

  private:
    /// Keeps the row, which may be a heading; a file that has no such rows is no reason to keep much.
    void first_row(std::string_view text) {
        if (heading_.size() <= kColumns) heading_.emplace_back(text);
        ++columns_;
    }

    void end_of_images_row() {
        if (row_ == 0) begin();
        const bool is_of_images = row_ > 0 || !is_heading_;
        if (wrong_.empty() && is_of_images && columns_ != kColumns) return refuse_row(columns_);
        ++row_;
        columns_ = 0;
    }

    void begin() {
        const std::vector<std::string> fields = std::move(heading_);
        if (columns_ != kColumns) return refuse_row(columns_);
        is_heading_ = std::set<std::string>(fields.begin(), fields.end()).size() == fields.size();
        columns_ = 0;
        for (std::size_t i = 0; is_heading_ && i < fields.size(); ++i)
            for (const char* title : {"label", "labels", "class"})
                if (lower_case(trimmed(fields[i])) == title) {
                    label_column_ = i;
                    is_titled_ = true;
                }
        if (is_heading_) return;
        for (const std::string& text : fields) {
            take(text);
            if (!wrong_.empty()) return;
            ++columns_;
        }
    }

    void take(std::string_view text) {
        if (columns_ == label_column_) return take_label(text);
        const std::optional<int> pixel = byte_of(text);
        if (!pixel) return refuse(text, "a pixel from 0 to 255");
        images_.push_back(static_cast<std::uint8_t>(*pixel));
    }

    void take_label(std::string_view text) {
        if (text.empty()) return refuse(text, "a label");
        if (looks_like_a_number(text) && !byte_of(text)) return refuse(text, "a label from 0 to 255");
        if (last_ == labels_.end() || last_->first != text)
            last_ = labels_.try_emplace(std::string(text), labels_.size()).first;
        if (labels_.size() > kMostClasses) return refuse(text, fmt::format("{} classes at most", kMostClasses));
        ids_.push_back(static_cast<std::uint8_t>(last_->second));
    }

    void refuse(std::string_view found, std::string_view expected) {
        const std::string shown =
            is_utf8(found) ? fmt::format("\"{}\"", found.substr(0, 20)) : "what is no text in UTF-8";
        wrong_ = fmt::format("{}:{}: {} in column {}, expected {}", name_, line_,
                             found.empty() ? "nothing" : plain(shown), columns_ + 1, expected);
    }

    void refuse_row(std::size_t columns) {
        wrong_ = fmt::format("{}:{}: {} columns, expected {}: a label and 28x28 pixels{}", name_, line_, columns,
                             kColumns, columns == kPixels ? "; these images have no labels" : "");
    }

    void require_label_first() const;

    /// One line, whatever a file has in it.
    static std::string plain(std::string text) {
        std::replace_if(
            text.begin(), text.end(), [](char letter) { return static_cast<unsigned char>(letter) < ' '; }, '?');
        return text;
    }

    std::string name_;
    std::string wrong_;
    std::vector<std::string> heading_;
    bool is_heading_ = false;
    bool is_titled_ = false;
    std::size_t label_column_ = 0;
    std::size_t row_ = 0;
    std::size_t line_ = 1;  // from 1; blank ones are no rows
    int last_end_ = 0;
    std::size_t columns_ = 0;  // of this row so far
    std::vector<std::uint8_t> images_;
    std::vector<std::uint8_t> ids_;              // (size), indices in order of appearance
    std::map<std::string, std::size_t> labels_;  // with these indices
    std::map<std::string, std::size_t>::iterator last_ = labels_.end();
};

/// Refuses a table whose labels stand in the last column though nothing says so: images begin and end with paper, so
/// that the first column, and the one before the last, have paper's grey in each row, and only the last has several
/// numbers. Images of one class end with paper too.
void Rows::require_label_first() const {
    constexpr int kMostLabel = 99;
    if (is_titled_ || labels_.size() != 1) return;
    const std::string& label = labels_.begin()->first;
    int least = kMostLabel, most = 0;
    for (std::size_t end = kPixels; end <= images_.size(); end += kPixels) {
        if (byte_of(label) != images_[end - 2]) return;
        least = std::min<int>(least, images_[end - 1]);
        most = std::max<int>(most, images_[end - 1]);
    }
    if (least >= most || most > kMostLabel) return;
    throw bad_data(
        "{}: column 1 is {} in every row, and column {} has {} to {}, as labels are; expected the label in column 1: "
        "move it there, or begin with a heading that calls its column label",
        name_, label, kColumns, least, most);
}

StoredPart Rows::finish() && {
    require_label_first();
    std::vector<std::string> texts(labels_.size());
    for (const auto& [text, id] : labels_) texts[id] = text;
    StoredPart stored{.images = std::move(images_),
                      .labels = std::move(ids_),
                      .files = {},
                      .images_name = name_,
                      .labels_name = name_,
                      .details = fmt::format("{}, label in column {}", is_heading_ ? "with a heading" : "no heading",
                                             label_column_ + 1)};
    std::vector<std::uint8_t> label_of(texts.size());
    if (std::all_of(texts.begin(), texts.end(), [](const std::string& text) { return byte_of(text).has_value(); })) {
        std::transform(texts.begin(), texts.end(), label_of.begin(),
                       [](const std::string& text) { return static_cast<std::uint8_t>(*byte_of(text)); });
    } else {
        Mapping names{.class_names = texts, .first_label = 0};
        for (const std::string& text : texts) check_class_name(text, name_);
        sort_class_names(names.class_names);
        for (std::size_t id = 0; id < texts.size(); ++id)
            label_of[id] = static_cast<std::uint8_t>(
                std::find(names.class_names.begin(), names.class_names.end(), texts[id]) - names.class_names.begin());
        stored.mapping = std::move(names);
    }
    for (std::uint8_t& label : stored.labels) label = label_of[label];
    return stored;
}

/// libcsv's parser, in its strict mode.
class Parser {
  public:
    explicit Parser(Rows& rows) : rows_(rows) {
        // Blank lines are reported, to be counted.
        csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL);
        csv_set_realloc_func(&parser_, bounded_realloc);
    }
    ~Parser() { csv_free(&parser_); }
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    void feed(std::span<const std::byte> block, const std::string& name) {
        const std::size_t taken = csv_parse(&parser_, block.data(), block.size(), on_field, on_row, &rows_);
        rows_.check();
        if (taken == block.size()) return;
        if (csv_error(&parser_) == CSV_EPARSE) throw bad_quotes(name);
        throw bad_data("{}:{}: a field without end, expected numbers that commas part", name, rows_.line());
    }

    void finish(const std::string& name) {
        if (csv_fini(&parser_, on_field, on_row, &rows_) != 0) throw bad_quotes(name);
        rows_.check();
    }

  private:
    Error bad_quotes(const std::string& name) const {
        return bad_data("{}:{}: a quote that has no partner, expected fields in quotes or without", name, rows_.line());
    }
    static void on_field(void* text, std::size_t size, void* rows) {
        static_cast<Rows*>(rows)->field({static_cast<const char*>(text), size});
    }
    static void on_row(int end, void* rows) { static_cast<Rows*>(rows)->end_of_row(end); }

    Rows& rows_;
    csv_parser parser_{};
};

/// Without the byte order mark, if the file begins with one.
std::span<const std::byte> without_mark(std::span<const std::byte> start, const std::string& name) {
    constexpr std::string_view kMark = "\xef\xbb\xbf";
    const std::string_view text{reinterpret_cast<const char*>(start.data()), std::min<std::size_t>(start.size(), 4)};
    plain_text(text, name);  // refuses what is no UTF-8
    return text.starts_with(kMark) ? start.subspan(kMark.size()) : start;
}

/// Whether a file that may be any table has rows of images. A gzipped one must be believed.
bool has_images(const fs::path& path) {
    constexpr std::uint64_t kLongestRow = std::uint64_t{64} << 10;
    if (path.extension() == ".gz") return true;
    const std::vector<std::byte> start = read_start(path, kLongestRow);
    const auto end = std::find(start.begin(), start.end(), std::byte{'\n'});
    return std::count(start.begin(), end, std::byte{','}) + 1 == static_cast<std::ptrdiff_t>(kColumns);
}

struct CsvName {
    std::string split;
    std::string part;  // "train", "test", or empty
    bool of_emnist = false;
};

std::optional<CsvName> parse_name(const fs::path& path) {
    static const std::regex pattern(
        "(emnist-)?(?:(.*?)[-_ ])?(train|test)\\.csv(?:\\.gz)?|(emnist-)?(.*)\\.csv(?:\\.gz)?", std::regex::icase);
    const std::string name = path.filename().string();
    std::smatch match;
    if (!is_utf8(name) || !std::regex_match(name, match, pattern)) return {};
    const bool has_part = match[3].matched;
    const std::string split = has_part ? match[2] : match[5];
    return CsvName{.split = split.empty() ? "csv" : split,
                   .part = has_part ? lower_case(match[3].str()) : "",
                   .of_emnist = match[has_part ? 1 : 4].matched};
}

}  // namespace

std::vector<SplitFiles> find_csv(const Listing& listing) {
    std::map<std::string, SplitFiles> parted;
    std::vector<SplitFiles> found;
    for (const fs::path& file : listing.files) {
        const std::optional<CsvName> name = parse_name(file);
        if (!name) continue;
        const bool alone = listing.is_file || name->part.empty();
        if (alone && !listing.is_file && !has_images(file)) continue;
        SplitFiles whole;
        SplitFiles& split = alone ? whole : parted[name->split];
        split.name = name->split;
        split.usual = {.orientation = name->of_emnist ? Orientation::kTransposed : Orientation::kUpright,
                       .measured = true};
        split.official = name->of_emnist && find_official_split(split.name) != nullptr;
        split.dealt = alone;
        for (PartFiles* part : {&split.train, &split.test})
            if ((alone || (part == &split.train) == (name->part == "train")) && !part->any())
                *part = {.images = file, .labels = file};
        if (alone) found.push_back(whole);
    }
    for (const auto& [name, split] : parted) found.push_back(split);
    return found;
}

StoredPart parse_csv(std::span<const std::byte> file, const std::string& name) {
    ByteSource source(file, name);
    Rows rows(name);
    Parser parser(rows);
    std::array<std::byte, kBlock> block{};
    bool is_first = true;
    while (const std::size_t size = source.read(block)) {
        const auto bytes = std::span<const std::byte>(block).first(size);
        parser.feed(std::exchange(is_first, false) ? without_mark(bytes, name) : bytes, name);
    }
    parser.finish(name);
    source.expect_end();
    return std::move(rows).finish();
}

StoredPart read_csv(const SplitFiles& split, Part part) {
    const fs::path& path = split.part(part).images;
    const std::vector<std::byte> contents = read_file(path);
    StoredPart stored = parse_csv(contents, path.string());
    stored.files.push_back({path.filename().string(), sha256(contents)});
    return stored;
}

}  // namespace inkling
