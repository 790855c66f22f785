#include <array>

#include "data/glyphs.h"

namespace inkling {
namespace {

constexpr std::array kForms = {
    // Ovals, begun at the top or at its right; with the pen running on inside; crossed out.
    GlyphForm{'0', 5.0F, "38,2 12,18 3,55 14,90 38,99 62,86 72,50 62,14 38,1"},
    GlyphForm{'0', 3.0F, "52,8 28,4 6,38 8,80 30,99 58,84 70,45 58,10 36,3"},
    GlyphForm{'0', 1.0F, "46,6 22,6 4,48 16,94 44,96 70,58 64,16 38,2 28,16"},
    GlyphForm{'0', 0.8F, "20,4 4,40 8,86 34,99 60,84 66,40 50,8 24,6"},
    GlyphForm{'0', 0.2F, "38,2 12,18 3,55 14,90 38,99 62,86 72,50 62,14 38,2 | 70,4! 8,96!"},
    // Plain; bent; with a flag; with flag and foot.
    GlyphForm{'1', 7.0F, "35,0! 35,100!"},
    GlyphForm{'1', 2.0F, "37,0 33,50 36,100"},
    GlyphForm{'1', 0.6F, "24,16! 38,0! 36,100!"},
    GlyphForm{'1', 0.3F, "16,24! 38,2! 38,98! | 14,98! 64,97!"},
    // An angle at the foot; a loop there; like Z.
    GlyphForm{'2', 4.0F, "10,26 24,5 50,1 70,16 62,42 34,72 6,97! 38,95 82,97"},
    GlyphForm{'2', 3.5F, "10,24 31,3 60,5 67,26 50,54 22,88 5,94 12,80 34,84 55,97 84,90"},
    GlyphForm{'2', 1.2F, "7,20 34,2 67,8 62,36 29,70 5,97! 79,96!"},
    GlyphForm{'2', 0.6F, "10,10! 70,8! 6,97! 82,97!"},
    // A point at the waist; a small loop there; a flat top.
    GlyphForm{'3', 4.0F, "10,12 30,1 54,8 54,30 28,46! 58,56 60,82 35,99 6,90"},
    GlyphForm{'3', 3.0F, "8,14 30,1 54,14 46,38 24,47 48,52 62,74 42,97 5,92"},
    GlyphForm{'3', 1.0F, "10,4! 58,4! 28,42! 56,54 62,80 38,99 5,92"},
    GlyphForm{'3', 1.0F, "6,10 34,0 56,12 44,36 20,44! 54,48 60,74 38,98 2,98"},
    // Open, pointed and round; closed.
    GlyphForm{'4', 3.5F, "21,2! 8,54! 74,50! | 57,8! 50,100!"},
    GlyphForm{'4', 3.0F, "15,2 8,36 15,54 40,54 65,46 | 65,2! 52,100!"},
    GlyphForm{'4', 2.0F, "25,0 15,34 6,54! 32,56 69,50 | 52,20! 46,100!"},
    GlyphForm{'4', 0.8F, "67,64! 3,64! 52,0! 50,100!"},
    GlyphForm{'4', 0.8F, "46,4! 4,52! 71,52! | 48,2! 46,100!"},
    // With the roof drawn last; in one go; like S.
    GlyphForm{'5', 4.0F, "21,5! 15,44! 44,36 69,54 64,82 37,99 5,92 | 21,5! 78,2!"},
    GlyphForm{'5', 2.5F, "74,4! 23,6! 16,46! 44,38 69,56 64,84 37,99 5,92"},
    GlyphForm{'5', 0.8F, "74,3 28,6 16,36 44,46 67,66 51,95 6,95"},
    GlyphForm{'5', 0.8F, "16,8! 18,44 55,44 67,72 46,98 7,96 | 16,8! 71,0!"},
    // A bent back with a large or a small loop; a straight one.
    GlyphForm{'6', 4.0F, "46,0 20,30 6,70 20,98 48,94 60,74 44,60 20,70 8,86"},
    GlyphForm{'6', 3.0F, "40,0 18,40 8,78 28,99 56,88 54,66 32,62 10,82"},
    GlyphForm{'6', 2.5F, "26,0! 12,50 10,86 34,99 64,86 56,68 34,72 12,90"},
    GlyphForm{'6', 1.0F, "58,8 28,6 6,50 14,92 44,98 62,76 44,54 12,66"},
    // Plain; with a hook at its left; curved; crossed.
    GlyphForm{'7', 4.0F, "6,6! 62,4! 28,100!"},
    GlyphForm{'7', 2.0F, "8,22! 10,6! 62,4! 34,56 28,100!"},
    GlyphForm{'7', 2.0F, "6,16 20,4 60,6! 38,54 30,100"},
    GlyphForm{'7', 1.5F, "4,8 30,10 58,2 56,30 34,70 26,100"},
    GlyphForm{'7', 0.9F, "6,8! 62,4! 30,100! | 18,54! 62,48!"},
    // Begun at the upper right and crossing below itself; two rings; open at the top.
    GlyphForm{'8', 4.0F, "56,12 34,1 14,16 26,42 50,62 50,90 28,99 8,84 22,58 48,36 58,10"},
    GlyphForm{'8', 1.2F, "35,48 14,34 16,8 38,1 56,14 52,38 35,48 | 36,47 10,62 8,90 34,100 60,88 60,60 36,47"},
    GlyphForm{'8', 2.5F, "66,8 36,0 16,16 28,42 50,64 46,92 24,98 10,80 34,52 66,12"},
    GlyphForm{'8', 1.5F, "34,44 14,28 24,4 48,2 56,22 34,46 12,70 16,96 44,98 54,76 34,46"},
    // A straight stem; a bent one; a tail to the left.
    GlyphForm{'9', 4.0F, "53,14 35,1 11,14 7,38 26,50 46,38 55,10! 46,100!"},
    GlyphForm{'9', 3.0F, "55,18 37,1 13,8 7,36 26,48 50,30 55,8 52,56 39,100"},
    GlyphForm{'9', 0.8F, "53,16 33,1 9,16 13,46 40,44 53,12 55,60 40,96 13,94"},
    GlyphForm{'9', 1.5F, "50,10 28,2 7,24 15,46 37,40 52,14 48,56 44,100"},
};

}  // namespace

std::span<const GlyphForm> digit_forms() { return kForms; }

}  // namespace inkling
