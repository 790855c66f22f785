#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "serve/served_model.h"

namespace inkling::serve {

/// Which models to load anew.
enum class Reload { kChanged, kAll };

/// What came of loading a model anew.
struct Reloaded {
    std::string name;
    std::string error = {};  // empty: it is served; else the one before still is
};

/// The models of a server, which are loaded anew while they are used: whoever holds one keeps it.
class Models {
  public:
    /// `paths`: folders of runs or files of weights, 1 or more. A model is called as its run's folder, or as its file,
    /// with "-2" and so on behind a name that was there before. Throws Error as load_model() and ServedModel do.
    explicit Models(const std::vector<std::string>& paths);

    /// In the order of the paths. All of them are of one moment.
    std::vector<std::shared_ptr<ServedModel>> all() const;

    /// By name; the first where the name is empty, null where no model has it.
    std::shared_ptr<ServedModel> find(std::string_view name) const;

    /// Loads models from their files and serves them in place of those before. A file that is broken or gone is told
    /// and changes nothing. One thread at a time.
    std::vector<Reloaded> reload(Reload which);

  private:
    /// Changes whenever a file is replaced or written to: inode, size, time in nanoseconds.
    using FileState = std::array<std::int64_t, 4>;

    struct Slot {
        std::filesystem::path file;
        FileState state;  // when it was last read, or tried to be
        std::shared_ptr<ServedModel> model;
    };

    static FileState state_of(const std::filesystem::path& file);

    std::vector<Slot> slots_;   // file and state belong to the thread that reloads
    mutable std::mutex mutex_;  // holds the slots' models
};

}  // namespace inkling::serve
