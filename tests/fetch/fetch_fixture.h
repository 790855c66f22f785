#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "data/dataset.h"
#include "fetch/fetch.h"
#include "formats/load_dataset.h"
#include "http_server.h"
#include "refusal.h"
#include "small_archive.h"
#include "temporary_folder.h"

namespace inkling {

constexpr const char* kTestLabels = "emnist-digits-test-labels-idx1-ubyte.gz";

class Fetch : public testing::Test {
  protected:
    FetchOptions options(std::vector<std::string> urls) const {
        FetchOptions options;
        options.split = "digits";
        options.folder = folder_ / "data";
        options.urls = std::move(urls);
        options.quiet = true;
        options.http = {.attempts = 3, .first_delay = 0.01, .stall_seconds = 10, .redirects = 3};
        options.files = archive_.files();
        return options;
    }

    FetchOptions options(const HttpServer& server) const { return options({server.url()}); }

    std::set<std::string> names_in_folder() const {
        std::set<std::string> names;
        if (std::filesystem::exists(folder_ / "data"))
            for (const auto& file : std::filesystem::directory_iterator(folder_ / "data"))
                names.insert(file.path().filename().string());
        return names;
    }

    void expect_whole_split() const {
        EXPECT_EQ(names_in_folder(), (std::set<std::string>{".fetch.lock", "emnist-digits-test-images-idx3-ubyte.gz",
                                                            kTestLabels, "emnist-digits-train-images-idx3-ubyte.gz",
                                                            "emnist-digits-train-labels-idx1-ubyte.gz"}));
        for (const OfficialFile& file : archive_.files())
            EXPECT_EQ(read_file(folder_ / "data" / file.name), archive_.member(std::string(file.name))) << file.name;
        EXPECT_EQ(load_dataset(folder_ / "data", "digits", Part::kTrain).size(), 30u);
        EXPECT_EQ(load_dataset(folder_ / "data", "digits", Part::kTest).size(), 20u);
    }

    void expect_nothing() const {
        for (const std::string& name : names_in_folder()) EXPECT_EQ(name.substr(0, 6), ".fetch") << name;
    }

    /// The line with which fetch_split() fails, which must have `status`.
    static std::string failure(const FetchOptions& options, ExitStatus status) {
        return refusal_with(status, [&] { fetch_split(options); });
    }

    HttpReply serve(const HttpRequest& request) const { return serve_file(archive_.bytes(), request, true); }

    /// As a folder of the archive's files, /files/, answers.
    HttpReply serve_folder(const HttpRequest& request) const {
        const std::string name = request.path.substr(request.path.rfind('/') + 1);
        if (!request.path.starts_with("/files/") || !archive_.has(name)) return {404, "", {}};
        return serve_file(archive_.member(name), request, true);
    }

    TemporaryFolder folder_;
    SmallArchive archive_{folder_ / "gzip.zip"};
};

}  // namespace inkling
