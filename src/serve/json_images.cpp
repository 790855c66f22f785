#include "serve/json_images.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "core/printable.h"
#include "serve/message.h"

namespace inkling::serve {
namespace {

using nlohmann::json;

constexpr std::size_t kPixels = EmnistImage().size();

/// Hears the text's pieces from the parser, and refuses the first that does not belong there.
class ImageReader : public nlohmann::json_sax<json> {
  public:
    explicit ImageReader(std::size_t most) : most_(most) {}

    /// Throws Refusal (400) where the text had no images.
    std::vector<EmnistImage> images() && {
        if (!seen_) throw Refusal(400, "the JSON has no \"images\"");
        return std::move(images_);
    }

    bool null() override { throw unexpected("null"); }
    bool boolean(bool /*value*/) override { throw unexpected("true or false"); }
    bool string(string_t& /*value*/) override { throw unexpected("a text"); }
    bool binary(binary_t& /*value*/) override { throw unexpected("bytes"); }
    bool number_integer(number_integer_t value) override { return put(static_cast<double>(value)); }
    bool number_unsigned(number_unsigned_t value) override { return put(static_cast<double>(value)); }
    bool number_float(number_float_t value, const string_t& /*text*/) override { return put(value); }

    bool start_object(std::size_t /*size*/) override {
        if (depth_ != 0) throw unexpected("an object");
        depth_ = kObject;
        return true;
    }
    bool key(string_t& name) override {
        if (name != "images" || seen_)
            throw Refusal(400, fmt::format("the JSON has the key \"{}\", expected \"images\", once", printable(name)));
        seen_ = true;
        return true;
    }
    bool end_object() override {
        depth_ = kDone;
        return true;
    }

    bool start_array(std::size_t /*size*/) override {
        if (depth_ != kObject && depth_ != kImages) throw unexpected("a list");
        if (depth_ == kImages && images_.size() == most_)
            throw Refusal(413, fmt::format("more than {} images in a request", most_));
        if (++depth_ == kImage) {
            images_.emplace_back();
            pixels_ = 0;
        }
        return true;
    }
    bool end_array() override {
        if (depth_-- == kImage && pixels_ != kPixels)
            throw Refusal(400,
                          fmt::format("images[{}] has {} values, expected {}", images_.size() - 1, pixels_, kPixels));
        return true;
    }

    bool parse_error(std::size_t position, const std::string& /*token*/, const json::exception& /*error*/) override {
        throw Refusal(400, fmt::format("the body is no JSON from byte {} on", position));
    }

  private:
    static constexpr int kObject = 1;
    static constexpr int kImages = 2;
    static constexpr int kImage = 3;
    static constexpr int kDone = -1;

    std::string place() const {
        if (depth_ == kImage) return fmt::format("images[{}][{}]", images_.size() - 1, pixels_);
        if (depth_ == kImages) return fmt::format("images[{}]", images_.size());
        return depth_ == kObject ? "images" : "the JSON";
    }
    Refusal unexpected(std::string_view what) const {
        static constexpr const char* kExpected[] = {"an object with \"images\"", "a list of images",
                                                    "a list of 784 values", "a whole number of 0 to 255"};
        return {400, fmt::format("{} is {}, expected {}", place(), what, kExpected[std::max(depth_, 0)])};
    }

    bool put(double value) {
        if (depth_ != kImage || !(value >= 0 && value <= 255) || value != std::floor(value))
            throw unexpected(fmt::format("{}", value));
        if (pixels_ == kPixels)
            throw Refusal(400, fmt::format("images[{}] has more than {} values", images_.size() - 1, kPixels));
        images_.back()[pixels_++] = static_cast<std::uint8_t>(value);
        return true;
    }

    std::size_t most_;
    std::vector<EmnistImage> images_;
    std::size_t pixels_ = 0;  // of the last image
    int depth_ = 0;
    bool seen_ = false;
};

}  // namespace

std::vector<EmnistImage> parse_json_images(std::string_view text, std::size_t most) {
    ImageReader reader(most);
    json::sax_parse(text, &reader);
    return std::move(reader).images();
}

}  // namespace inkling::serve
