#include "core/scratch_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/error.h"

namespace inkling {

namespace fs = std::filesystem;

ScratchFolder::ScratchFolder() {
    std::error_code error;
    const fs::path all = fs::temp_directory_path(error);
    if (error) throw failed("no folder for temporary files ({}); set TMPDIR to one", error.message());
    std::string name = (all / "inkling-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw failed("{}: cannot make a folder for temporary files ({}); set TMPDIR to another", all.string(),
                     std::strerror(errno));
    path_ = name;
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

}  // namespace inkling
