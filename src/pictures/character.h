#pragma once

#include "data/emnist_conversion.h"
#include "pictures/grey_picture.h"

namespace inkling {

/// A part of a picture, in its pixels.
struct PictureBox {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;

    bool empty() const { return width == 0; }
};

/// A picture of one character in EMNIST's form.
struct CharacterImage {
    EmnistImage pixels{};  // ink bright on black
    PictureBox box;        // around the ink; empty where there is none
};

/// Makes EMNIST's form of a picture of one character: dark on light or light on dark, of any size, unevenly lit. This
/// is the one way from a picture to what a network reads. In turn:
///
/// 1. A picture of 28x28 whose outermost pixels are black is in EMNIST's or MNIST's form already, and stays as it is.
/// 2. shrunk() by the least factor that makes the longer side 256 at most.
/// 3. Whether ink is darker than paper tells the sum of d|d| over all pixels, d being the difference to the mean of the
///    middle two of the four pixels where the pixel's row and column meet the picture's edge. Light ink is inverted.
/// 4. The paper's light is what a morphological closing leaves, with a square window a third of the longer side wide,
///    clipped to the picture; ink is the part of it that is missing: 1 - grey / paper. So shadows go.
/// 5. N. Otsu's threshold (1979, 256 levels from 0 to 1) parts ink from paper. Where their means differ by less than
///    0.12, there is none. Else a quarter of the way from paper's mean to ink's becomes 0, three quarters become 255.
/// 6. Of the 8-connected parts of values from 128, those with less than 3% of the largest one's pixels are specks; and
///    those that touch the picture's edge and lack, in the mean of 1 - grey / paper, a quarter of the darkest part's
///    are what a shadow's edge leaves there. What is more than 2 pixels from all other parts becomes 0.
/// 7. convert_to_emnist(). Values above are rounded to whole ones before it.
CharacterImage convert_picture(const GreyPicture& picture);

}  // namespace inkling
