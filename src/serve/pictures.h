#pragma once

#include <cstddef>
#include <vector>

#include "deploy/picture_reading.h"
#include "serve/message.h"

namespace inkling::serve {

/// The pictures of a prediction's request in EMNIST's form, `most` at most: a picture as the body, any number as a
/// multipart form, or JSON {"images": [[784 values 0 to 255], ...]}, which are upright, ink bright on black, and stay
/// as they are. A picture among others that cannot be read is a PictureReading with an error, as `inkling predict` has
/// it. Throws Refusal: 400 where no picture is there or none can be read, 413 where there are more than `most`, 415 for
/// another kind of body.
std::vector<PictureReading> read_pictures(const Request& request, std::size_t most);

/// Whether the body is JSON by its Content-Type.
bool is_json(const Request& request);

}  // namespace inkling::serve
