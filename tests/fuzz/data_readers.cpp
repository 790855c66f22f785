#include <fmt/format.h>
#include <fmt/ranges.h>
#include <leptonica/allheaders.h>

#include "core/files.h"
#include "data/catalogue.h"
#include "data/excluded_images.h"
#include "data/idx.h"
#include "deploy/word_list.h"
#include "fetch/zip_archive.h"
#include "formats/class_names.h"
#include "formats/csv_format.h"
#include "formats/matlab_format.h"
#include "formats/npz_file.h"
#include "fuzz/readers.h"
#include "http_server.h"
#include "pictures/character.h"
#include "pictures/read_picture.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

constexpr ExitStatus kData = ExitStatus::kData;

std::vector<Bytes> fixtures(const std::string& extension) {
    std::vector<Bytes> files;
    for (const auto& entry : std::filesystem::directory_iterator(INKLING_FIXTURES "/formats"))
        if (entry.path().extension() == extension) files.push_back(read_file(entry.path()));
    return files;
}

std::vector<Bytes> plain_and_gzipped(const Bytes& file) { return {file, gzip(file), gzip(gzip(file))}; }

void read_idx_images(std::span<const std::byte> file) {
    expect_reading(parse_idx_images(file, "x").size() % kPixels == 0, "a part of an image");
}

std::vector<Bytes> idx_image_seeds() { return plain_and_gzipped(idx_images(strokes(2, 10))); }

void read_idx_labels(std::span<const std::byte> file) { parse_idx_labels(file, "x"); }

std::vector<Bytes> idx_label_seeds() {
    return plain_and_gzipped(idx_labels(std::vector<std::uint8_t>{0, 1, 2, 46, 255}));
}

void read_idx_table(std::span<const std::byte> file) {
    const IdxTable table = parse_idx_table(file, "x");
    expect_reading(table.columns >= 1 && table.columns <= 64, "a table of no or many columns");
    expect_reading(table.values.size() == table.rows * table.columns, "a table of another size");
}

std::vector<Bytes> idx_table_seeds() {
    return {encode_idx_column(std::vector<std::uint32_t>{7, 1, 0xFFFFFFFF}),
            idx_file({3074, 2, 8}, std::vector<std::uint8_t>(2 * 8 * 4, 3))};
}

void expect_images(const StoredPart& part) {
    expect_reading(part.images.size() == part.labels.size() * kPixels, "images and labels of other numbers");
    expect_reading(part.writers.empty() || part.writers.size() == part.labels.size(), "writers of another number");
    if (part.mapping) expect_reading(!part.mapping->class_names.empty(), "a mapping without classes");
}

void read_csv_file(std::span<const std::byte> file) { expect_images(parse_csv(file, "x")); }

/// Also as a page saves what one wrote on it.
std::vector<Bytes> csv_seeds() {
    std::string rows, heading = "label";
    for (std::size_t i = 0; i < kPixels; ++i) heading += fmt::format(",pixel{}", i);
    std::vector<int> pixels(kPixels, 0);
    pixels[400] = 255;
    for (const char* label : {"3", "0"}) rows += fmt::format("{},{}\n", label, fmt::join(pixels, ","));
    const std::string kept = fmt::format("{}\n\",\",{}\n\"\"\"\",{}\nA,{}\n", heading, fmt::join(pixels, ","),
                                         fmt::join(pixels, ","), fmt::join(pixels, ","));
    return {bytes_of(rows), gzip(bytes_of(rows)), bytes_of(heading + "\r\n" + rows), bytes_of(kept)};
}

void read_npz(std::span<const std::byte> file) {
    const auto expect_array = [&](const char* name) {
        const ByteArray array = parse_npz(file, "x", name);
        std::size_t size = 1;
        for (const std::size_t extent : array.shape) size *= extent;
        expect_reading(size == array.values.size(), "an array of another size than its shape's");
    };
    try {
        expect_array("");
    } catch (const Error&) {  // where there are several
        expect_array("x_train");
    }
}

std::vector<Bytes> npz_seeds() { return fixtures(".npz"); }

void read_npy(std::span<const std::byte> file) {
    const ByteArray read = parse_npy(file, "x");
    expect_reading(read.values.size() <= file.size(), "more values than bytes");
}

std::vector<Bytes> npy_seeds() {
    std::vector<Bytes> files;
    for (const char* kind : {"|u1", "<i8", ">f4", "<f8"}) {
        std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': (2, 3), }}", kind);
        header.resize(117, ' ');
        files.push_back(bytes_of(std::string("\x93NUMPY\x01\0\x76\0", 10) + header + "\n" + std::string(48, '\0')));
    }
    return files;
}

void read_matlab_file(std::span<const std::byte> file) {
    expect_images(parse_matlab(file, "x", Part::kTrain));
    expect_images(parse_matlab(file, "x", Part::kTest));
}

std::vector<Bytes> matlab_seeds() { return fixtures(".mat"); }

/// As the official archive comes: from a server, a block at a time.
void read_archive(std::span<const std::byte> file) {
    static std::span<const std::byte> served;
    static const HttpServer server([](const HttpRequest& request) { return serve_file(served, request, true); });
    const TemporaryFolder blocks;
    served = file;
    WebFile web_file(server.url(), blocks.path(), 1 << 20, {.attempts = 1}, [](std::uint64_t) {});
    ZipArchive archive(web_file, "x");
    const auto member = archive.read("y_train.npy", 1000);
    expect_reading(!member || member->size() <= 1000, "a member larger than its limit");
}

void expect_mapping(const Mapping& mapping) {
    expect_reading(!mapping.class_names.empty(), "no classes");
    expect_reading(mapping.first_label >= 0, "a label below 0");
    expect_reading(static_cast<std::size_t>(mapping.first_label) + mapping.class_names.size() <= kMostClasses + 1,
                   "a label that is no byte");
}

void read_mapping(std::span<const std::byte> file) { expect_mapping(parse_mapping(text_of(file), "x")); }

std::vector<Bytes> mapping_seeds() { return {bytes_of("0 48\n1 65 97\n2 66\n"), bytes_of("1 65 97\r\n2 66 98\r\n")}; }

void read_class_list(std::span<const std::byte> file) { expect_mapping(parse_class_list(text_of(file), "x")); }

std::vector<Bytes> class_list_seeds() {
    return {bytes_of("A\nB\nC\n"), bytes_of("\xef\xbb\xbfone\r\n\xc3\xa4\r\nthree\r\nfour\r\n")};
}

void read_class_map(std::span<const std::byte> file) { expect_mapping(parse_class_map(text_of(file), "x")); }

std::vector<Bytes> class_map_seeds() {
    return {bytes_of("index,codepoint,char\r\n0,U+3042,\xe3\x81\x82\r\n1,U+3044,\xe3\x81\x84\r\n")};
}

void read_excluded(std::span<const std::byte> file) {
    const auto images = parse_excluded_images(text_of(file), "x", 100);
    expect_reading(images.empty() || images.back() < 100, "an image that is not there");
    expect_reading(std::adjacent_find(images.begin(), images.end(), std::greater_equal()) == images.end(),
                   "images that do not rise");
    expect_reading(parse_excluded_images(excluded_images_text(images), "x", 100) == images,
                   "another list when written");
}

std::vector<Bytes> excluded_seeds() {
    return {bytes_of("image,given,suggested\n17,O,0\n3,\",\",l\n"), bytes_of("\xef\xbb\xbf 17 \r\n\r\n99")};
}

void read_picture_file(std::span<const std::byte> file) {
    const GreyPicture picture = parse_picture(file, "x");
    expect_reading(picture.width > 0 && picture.height > 0, "a picture without pixels");
    expect_reading(picture.pixels.size() == static_cast<std::size_t>(picture.width) * picture.height,
                   "a picture of another size than its sides");
    if (picture.pixels.size() < 10'000) convert_picture(picture);
}

std::vector<Bytes> picture_seeds() {
    std::vector<Bytes> files;
    PIX* picture = pixCreate(24, 16, 8);
    pixSetAll(picture);
    for (int y = 3; y < 12; ++y) pixSetPixel(picture, 8, y, 0);
    for (const int format : {IFF_PNG, IFF_JFIF_JPEG, IFF_BMP, IFF_PNM, IFF_TIFF, IFF_TIFF_LZW, IFF_WEBP}) {
        l_uint8* data = nullptr;
        std::size_t size = 0;
        if (pixWriteMem(&data, &size, picture, format) != 0) throw std::runtime_error("cannot write a picture");
        const auto* const bytes = reinterpret_cast<const std::byte*>(data);
        files.emplace_back(bytes, bytes + size);
        lept_free(data);
    }
    pixDestroy(&picture);
    return files;
}

void read_words(std::span<const std::byte> file) {
    const WordList words(text_of(file), {"A", "b", "c", "0"}, "x");
    words.nearest({});
}

std::vector<Bytes> word_seeds() {
    return {bytes_of("cab abc\nA0\r\n"), bytes_of("\xef\xbb\xbf"
                                                  "b\xc3\xa4 bc")};
}

}  // namespace

std::vector<OutsideReader> data_readers() {
    return {{"idx-images", kData, read_idx_images, idx_image_seeds},
            {"idx-labels", kData, read_idx_labels, idx_label_seeds},
            {"idx-table", kData, read_idx_table, idx_table_seeds},
            {"csv", kData, read_csv_file, csv_seeds},
            {"npz", kData, read_npz, npz_seeds},
            {"npy", kData, read_npy, npy_seeds},
            {"matlab", kData, read_matlab_file, matlab_seeds},
            {"archive", kData, read_archive, npz_seeds},
            {"mapping", kData, read_mapping, mapping_seeds},
            {"class-list", kData, read_class_list, class_list_seeds},
            {"class-map", kData, read_class_map, class_map_seeds},
            {"excluded", kData, read_excluded, excluded_seeds},
            {"picture", kData, read_picture_file, picture_seeds},
            {"words", kData, read_words, word_seeds}};
}

}  // namespace inkling
