// A build without ONNX.
#include "core/error.h"
#include "deploy/onnx/onnx_file.h"

namespace inkling {

bool has_onnx() { return false; }

void save_onnx(const std::filesystem::path& path, const Model&, const OnnxOptions&) {
    throw failed(
        "{}: this build of the program has no ONNX; install it (tools/setup.sh --onnx; Debian: libonnx-dev, "
        "libprotobuf-dev) and build again",
        path.string());
}

}  // namespace inkling
