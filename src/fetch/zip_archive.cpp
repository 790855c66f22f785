#include "fetch/zip_archive.h"

#include <zip.h>

#include <exception>
#include <utility>

#include "fetch/source_error.h"

namespace inkling {

struct ZipArchive::State {
    WebFile& file;
    std::string name;
    std::uint64_t offset = 0;
    zip_error_t error{};
    std::exception_ptr exception;  // thrown by the file, held while libzip's frames are on the stack
    zip_t* archive = nullptr;

    State(WebFile& web_file, std::string archive_name) : file(web_file), name(std::move(archive_name)) {
        zip_error_init(&error);
    }
    ~State() {
        if (archive != nullptr) zip_discard(archive);
        zip_error_fini(&error);
    }

    /// Reports what really went wrong: the file's own error, else libzip's.
    [[noreturn]] void fail(const std::string& what, const char* reason) {
        if (exception) std::rethrow_exception(std::exchange(exception, nullptr));
        throw source_unsound("{}: {} ({}), expected a sound zip archive", name, what, reason);
    }

    zip_int64_t read(void* data, zip_uint64_t size) {
        const std::size_t count = file.read(offset, {static_cast<std::byte*>(data), size});
        offset += count;
        return static_cast<zip_int64_t>(count);
    }

    zip_int64_t seek(void* data, zip_uint64_t size) {
        const zip_int64_t target = zip_source_seek_compute_offset(offset, file.size(), data, size, &error);
        if (target < 0) return -1;
        offset = static_cast<std::uint64_t>(target);
        return 0;
    }

    zip_int64_t stat(void* data) {
        auto* status = static_cast<zip_stat_t*>(data);
        zip_stat_init(status);
        status->valid = ZIP_STAT_SIZE;
        status->size = file.size();
        return sizeof(zip_stat_t);
    }
};

namespace {

/// libzip's way to read an archive from elsewhere than a file.
template <class State>
zip_int64_t serve(void* user, void* data, zip_uint64_t size, zip_source_cmd_t command) {
    auto& state = *static_cast<State*>(user);
    try {
        switch (command) {
            case ZIP_SOURCE_OPEN:
                state.offset = 0;
                return 0;
            case ZIP_SOURCE_READ:
                return state.read(data, size);
            case ZIP_SOURCE_SEEK:
                return state.seek(data, size);
            case ZIP_SOURCE_TELL:
                return static_cast<zip_int64_t>(state.offset);
            case ZIP_SOURCE_STAT:
                return state.stat(data);
            case ZIP_SOURCE_ERROR:
                return zip_error_to_data(&state.error, data, size);
            case ZIP_SOURCE_CLOSE:
            case ZIP_SOURCE_FREE:
                return 0;
            case ZIP_SOURCE_SUPPORTS:
                return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                                      ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_STAT,
                                                      ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, -1);
            default:
                zip_error_set(&state.error, ZIP_ER_OPNOTSUPP, 0);
                return -1;
        }
    } catch (...) {
        state.exception = std::current_exception();
        zip_error_set(&state.error, ZIP_ER_READ, 0);
        return -1;
    }
}

struct CloseMember {
    void operator()(zip_file_t* member) const { zip_fclose(member); }
};

}  // namespace

ZipArchive::ZipArchive(WebFile& file, std::string name) : state_(std::make_unique<State>(file, std::move(name))) {
    zip_source_t* source = zip_source_function_create(serve<State>, state_.get(), &state_->error);
    if (source == nullptr) state_->fail("cannot be opened", zip_error_strerror(&state_->error));
    state_->archive = zip_open_from_source(source, ZIP_RDONLY, &state_->error);
    if (state_->archive == nullptr) {
        zip_source_free(source);
        state_->fail("cannot be opened", zip_error_strerror(&state_->error));
    }
}

ZipArchive::~ZipArchive() = default;

std::optional<std::vector<std::byte>> ZipArchive::read(const std::string& file_name, std::uint64_t limit) {
    zip_stat_t status;
    if (zip_stat(state_->archive, file_name.c_str(), ZIP_FL_NODIR, &status) != 0) {
        if (zip_error_code_zip(zip_get_error(state_->archive)) == ZIP_ER_NOENT) return {};
        state_->fail(file_name + " cannot be found", zip_strerror(state_->archive));
    }
    if (status.size > limit)
        throw source_unsound("{}: {} of {} bytes, expected {} at most", state_->name, file_name, status.size, limit);
    const std::unique_ptr<zip_file_t, CloseMember> member(zip_fopen_index(state_->archive, status.index, 0));
    if (!member) state_->fail(file_name + " cannot be opened", zip_strerror(state_->archive));
    std::vector<std::byte> contents;
    while (true) {
        constexpr std::size_t kPiece = std::size_t{1} << 16;
        const std::size_t filled = contents.size();
        if (filled > limit)
            throw source_unsound("{}: {} holds more than {} bytes, expected {}", state_->name, file_name, limit,
                                 status.size);
        contents.resize(filled + kPiece);
        const zip_int64_t count = zip_fread(member.get(), &contents[filled], kPiece);
        if (count < 0) state_->fail(file_name + " cannot be read", zip_file_strerror(member.get()));
        contents.resize(filled + static_cast<std::size_t>(count));
        if (count == 0) return contents;
    }
}

}  // namespace inkling
