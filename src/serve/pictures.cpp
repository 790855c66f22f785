#include "serve/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "core/error.h"
#include "core/printable.h"
#include "core/text.h"
#include "pictures/read_picture.h"
#include "serve/form_data.h"
#include "serve/json_images.h"

namespace inkling::serve {
namespace {

/// A Content-Type without its parameters.
std::string media_type(const Request& request) {
    const std::string_view type = request.content_type;
    return lower_case(trimmed(type.substr(0, type.find(';'))));
}

PictureReading read_one(std::string name, std::string_view contents) {
    PictureReading reading{.file = std::move(name)};
    try {
        reading.image = convert_picture(parse_picture(std::as_bytes(std::span(contents)), printable(reading.file)));
    } catch (const Error& error) {
        if (error.status() != ExitStatus::kData) throw;
        reading.error = error.what();
    }
    return reading;
}

std::vector<PictureReading> read_form(const Request& request, std::size_t most) {
    std::vector<PictureReading> readings;
    for (const FormPart& part : parse_form_data(request.body, request.content_type, most))
        readings.push_back(read_one(part.filename.empty() ? part.name : part.filename, part.contents));
    return readings;
}

std::vector<PictureReading> read_json(const Request& request, std::size_t most) {
    std::vector<PictureReading> readings;
    for (const EmnistImage& image : parse_json_images(request.body, most)) {
        PictureReading& reading = readings.emplace_back();
        reading.file = fmt::format("images[{}]", readings.size() - 1);
        reading.image.pixels = image;
        if (std::ranges::any_of(image, [](std::uint8_t value) { return value != 0; }))
            reading.image.box = {.x = 0, .y = 0, .width = 28, .height = 28};
    }
    return readings;
}

std::vector<PictureReading> read_any(const Request& request, std::size_t most) {
    const std::string type = media_type(request);
    if (type == "application/json") return read_json(request, most);
    if (type == "multipart/form-data") return read_form(request, most);
    // The last is what curl says of any file: --data-binary @seven.png.
    if (type.starts_with("image/") || type.empty() || type == "application/octet-stream" ||
        type == "application/x-www-form-urlencoded")
        return {read_one("picture", request.body)};
    throw Refusal(415,
                  fmt::format("a body of type {}, expected a picture (image/png and so on), multipart/form-data or "
                              "application/json",
                              printable(type)));
}

}  // namespace

bool is_json(const Request& request) { return media_type(request) == "application/json"; }

std::vector<PictureReading> read_pictures(const Request& request, std::size_t most) {
    std::vector<PictureReading> readings = read_any(request, most);
    if (readings.empty()) throw Refusal(400, "no picture in the request");
    if (std::ranges::none_of(readings, [](const PictureReading& reading) { return reading.error.empty(); }))
        throw Refusal(400, readings.front().error);
    return readings;
}

}  // namespace inkling::serve
