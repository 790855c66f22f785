#include "cli/recipes.h"

#include <cstdlib>
#include <set>
#include <vector>

#include "core/config.h"
#include "core/error.h"
#include "core/files.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;

/// Where recipes may lie: the current folder's, those of $INKLING_RECIPES, the installed ones, those of the source tree
/// with build/<preset>/inkling.
std::vector<fs::path> recipe_folders() {
    std::error_code unknown;
    const fs::path program = fs::read_symlink("/proc/self/exe", unknown).parent_path();
    std::vector<fs::path> folders{"recipes", program / "../share/inkling/recipes", program / "../../recipes"};
    if (const char* named = std::getenv("INKLING_RECIPES")) folders.insert(folders.begin() + 1, named);
    return folders;
}

/// A study's recipe is told by its families. One that cannot be read is of no kind.
bool is_of_kind(const fs::path& path, RecipeKind kind) {
    try {
        return Config::parse(read_text(path), path.string()).has("families") == (kind == RecipeKind::kStudy);
    } catch (const Error&) {
        return false;
    }
}

std::string known_recipes(RecipeKind kind) {
    std::set<std::string> names;
    std::error_code missing;
    for (const fs::path& folder : recipe_folders())
        for (const auto& entry : fs::directory_iterator(folder, missing))
            if (entry.path().extension() == ".toml" && is_of_kind(entry.path(), kind))
                names.insert(entry.path().stem());
    return names.empty() ? "no recipe" : fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

fs::path find_recipe(const std::string& name, RecipeKind kind) {
    std::error_code missing;
    if (fs::is_regular_file(name, missing)) return name;
    if (fs::path(name).filename() == name)
        for (const fs::path& folder : recipe_folders())
            if (fs::path path = folder / (name + ".toml"); fs::is_regular_file(path, missing))
                return path.lexically_normal();
    throw wrong_usage("{}: no such recipe; give the path of a TOML file or one of these names: {}", name,
                      known_recipes(kind));
}

}  // namespace inkling::cli
