#include "core/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/aside_file.h"
#include "core/error.h"

namespace inkling {
namespace {

/// Owns a file descriptor.
class Descriptor {
  public:
    explicit Descriptor(int value) : value_(value) {}
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return value_; }

  private:
    int value_;
};

std::string reason() { return std::strerror(errno); }

/// Which bytes of a file are read.
struct Extent {
    std::uint64_t limit;             // of the file's size
    std::uint64_t first = kAnySize;  // so many at most
};

template <class Buffer>
Buffer read_bytes(const std::filesystem::path& path, const Extent& extent) {
    // Opening a pipe would wait for its writer.
    const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (descriptor.get() < 0) throw bad_data("{}: cannot open ({})", path.string(), reason());
    struct stat status {};
    if (::fstat(descriptor.get(), &status) != 0) throw bad_data("{}: cannot read ({})", path.string(), reason());
    if (!S_ISREG(status.st_mode)) throw bad_data("{}: not a regular file", path.string());
    const auto whole = static_cast<std::uint64_t>(status.st_size);
    if (whole > extent.limit) throw bad_data("{}: {} bytes, expected {} at most", path.string(), whole, extent.limit);
    const std::uint64_t size = std::min(whole, extent.first);
    Buffer contents;
    contents.resize(size);
    std::size_t filled = 0;
    while (filled < size) {
        const auto count = ::read(descriptor.get(), contents.data() + filled, size - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw bad_data("{}: cannot read ({})", path.string(), reason());
        if (count == 0) throw bad_data("{}: shrank while it was read", path.string());
        filled += static_cast<std::size_t>(count);
    }
    return contents;
}

}  // namespace

void write_file(const std::filesystem::path& name, std::span<const std::byte> contents) {
    std::error_code error;
    const std::filesystem::path resolved = std::filesystem::canonical(name, error);
    // Behind a link stands the file that is meant.
    const std::filesystem::path path = error ? name : resolved;
    if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error))
        throw failed("{}: not a regular file; choose another name", name.string());
    AsideFile(path, contents).replace();
}

void write_file(const std::filesystem::path& path, std::string_view contents) {
    write_file(path, std::as_bytes(std::span(contents)));
}

void check_can_write(const std::filesystem::path& path) {
    namespace fs = std::filesystem;
    std::error_code error;
    if (fs::exists(path, error) && !fs::is_regular_file(path, error))
        throw failed("{}: not a regular file; choose another name", path.string());
    fs::path folder = fs::absolute(path).parent_path();
    while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
    if (!fs::is_directory(folder, error)) throw failed("{}: {} is no folder", path.string(), folder.string());
    if (::access(folder.c_str(), W_OK) != 0)
        throw failed("{}: cannot be written ({}); choose another folder", path.string(), reason());
}

std::vector<std::byte> read_file(const std::filesystem::path& path, std::uint64_t limit) {
    return read_bytes<std::vector<std::byte>>(path, {.limit = limit});
}

std::vector<std::byte> read_start(const std::filesystem::path& path, std::uint64_t size) {
    return read_bytes<std::vector<std::byte>>(path, {.limit = kAnySize, .first = size});
}

std::string read_text(const std::filesystem::path& path, std::uint64_t limit) {
    return read_bytes<std::string>(path, {.limit = limit});
}

void make_folder(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) throw failed("{}: cannot make the folder ({})", path.string(), error.message());
}

}  // namespace inkling
