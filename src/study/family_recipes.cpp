#include "study/family_recipes.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "study/strategy.h"
#include "train/teachers.h"

namespace inkling {

std::vector<Recipe> recipes_setting(const StudyFamily& family, std::string_view key) {
    const auto with = [&](const std::vector<std::string>& overrides) {
        return make_recipe(family, {.overrides = overrides, .learning_rate = 0}, family.epochs, 0);
    };
    std::vector<Recipe> recipes = {with({})};
    for (const Technique& technique : family.techniques)
        for (const StudyOption& option : technique.options) {
            std::vector<std::string> overrides;  // the others need not fit this family
            std::copy_if(
                option.set.begin(), option.set.end(), std::back_inserter(overrides),
                [&](const std::string& text) { return text.substr(0, text.find('=')).find(key) != std::string::npos; });
            if (!overrides.empty()) recipes.push_back(with(overrides));
        }
    if (!family.challenger.empty()) recipes.push_back(parse_recipe(family.challenger, "the challenger"));
    return recipes;
}

std::vector<DataFile> study_teachers(const StudyRecipe& study) {
    std::vector<DataFile> teachers;
    for (const StudyFamily& family : study.families)
        for (const Recipe& recipe : recipes_setting(family, "distillation.teachers"))
            for (DataFile& file : teacher_files(recipe.training.distillation))
                if (std::ranges::find(teachers, file.name, &DataFile::name) == teachers.end())
                    teachers.push_back(std::move(file));
    return teachers;
}

}  // namespace inkling
