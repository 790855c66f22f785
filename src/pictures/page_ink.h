#pragma once

#include "pictures/character.h"
#include "pictures/grey_picture.h"

namespace inkling {

/// The ink of a page of writing, upright.
struct PageInk {
    GreyPicture ink;  // bright on black, soft at its edges; from 128 it is ink
    int factor = 1;   // by which the picture was shrunk
    double turn = 0;  // radians, clockwise, by which it was turned upright then
    int width = 0;    // of the shrunk picture before it was turned
    int height = 0;

    /// Where a box of the upright page is in the picture: the box about its turned corners, within the picture.
    PictureBox box_in(const GreyPicture& picture, const PictureBox& upright) const;
};

/// Finds the ink of a page: dark on light or light on dark, of any size, unevenly lit, ruled or squared. In turn:
///
/// 1. shrunk() by the least factor that makes the longer side 3000 at most.
/// 2. Light ink is inverted: it is where the differences to the mean about each place, squared with their sign, have a
///    positive sum.
/// 3. The paper's light is what a morphological closing leaves, with a square window a twelfth of the longer side wide;
///    ink is the share of it that is missing.
/// 4. J. Sauvola, M. Pietikainen, "Adaptive document image binarization", 2000, with k = 0.2 tells where there may be
///    ink; the 90th percentile of what is missing there is the ink's level, and less than 0.12 is none. A quarter of
///    the level becomes 0, three quarters become 255, so that pale rules of the paper are none.
/// 5. The page is turned by up to 15 degrees until its rows of ink differ most, where that is clear.
/// 6. Rules that are as dark as ink go: straight, across three fifths of the page or more. Where ink stands on both
///    sides of one, it stays.
PageInk find_page_ink(const GreyPicture& picture);

}  // namespace inkling
