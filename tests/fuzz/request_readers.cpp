#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fuzz/readers.h"
#include "pictures/png.h"
#include "serve/form_data.h"
#include "serve/json_images.h"
#include "serve/pictures.h"

namespace inkling {
namespace {

// The server refuses by HTTP's status, so that a reader's own counts for nothing.
constexpr ExitStatus kNone = ExitStatus::kFailed;
constexpr const char* kFormType = "multipart/form-data; boundary=x";

void read_json_images(std::span<const std::byte> body) {
    expect_reading(serve::parse_json_images(text_of(body), 4).size() <= 4, "more images than are allowed");
}

std::vector<Bytes> json_image_seeds() {
    const std::string image = fmt::format("[{}]", fmt::join(std::vector<int>(kPixels, 200), ","));
    return {bytes_of("{\"images\": [" + image + "]}"), bytes_of("{\"images\": []}")};
}

void read_form(std::span<const std::byte> bytes) {
    const std::string body = text_of(bytes);
    const auto parts = serve::parse_form_data(body, kFormType, 4);
    expect_reading(parts.size() <= 4, "more parts than are allowed");
    for (const serve::FormPart& part : parts)
        expect_reading(part.contents.data() >= body.data() &&
                           part.contents.data() + part.contents.size() <= body.data() + body.size(),
                       "contents that are none of the body's");
}

std::string form_of(std::string_view contents) {
    return fmt::format(
        "--x\r\nContent-Disposition: form-data; name=\"first\"; filename=\"sev\\\"en;.png\"\r\n\r\n{}\r\n"
        "--x\r\ncontent-disposition: Form-Data; filename=x.png; name=second\r\n\r\n\r\n--x--",
        contents);
}

std::vector<Bytes> form_seeds() { return {bytes_of(form_of("one")), bytes_of("before\r\n--x--\r\nafter")}; }

/// The type of the body, by its first byte's highest bits: what comes is any of them.
void read_pictures_request(std::span<const std::byte> bytes) {
    constexpr const char* kTypes[] = {"image/png", kFormType, "application/json", ""};
    serve::Request request;
    request.content_type = kTypes[bytes.empty() ? 0 : static_cast<std::size_t>(bytes[0]) >> 6];
    request.body = text_of(bytes.subspan(bytes.empty() ? 0 : 1));
    const auto readings = serve::read_pictures(request, 4);
    expect_reading(!readings.empty() && readings.size() <= 4, "no pictures, or more than are allowed");
}

std::vector<Bytes> pictures_request_seeds() {
    std::vector<std::uint8_t> pixels(20 * 20, 0);
    for (std::size_t y = 4; y < 16; ++y) pixels[y * 20 + 9] = 255;
    const std::string png = png_of(pixels, {1, 20, 20});
    return {bytes_of('\x00' + png), bytes_of('\x40' + form_of(png)),
            bytes_of('\x80' + text_of(json_image_seeds().front()))};
}

}  // namespace

std::vector<OutsideReader> request_readers() {
    return {{"json-images", kNone, read_json_images, json_image_seeds},
            {"form", kNone, read_form, form_seeds},
            {"pictures-request", kNone, read_pictures_request, pictures_request_seeds}};
}

}  // namespace inkling
