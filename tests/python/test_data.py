import gzip
import pathlib
import struct

import numpy as np
import pytest

import inkling

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"


def test_arrays_are_views_of_the_programs_memory(test_part):
    images = test_part.images
    assert images.shape == (len(test_part), 28, 28) and images.dtype == np.uint8
    assert not images.flags.owndata
    assert np.shares_memory(images, test_part.images)
    assert test_part.labels.shape == (len(test_part),)
    assert len(test_part.class_names) == 47 and test_part.class_names[10] == "A"


def test_a_view_outlives_its_data_set():
    images = inkling.dataset(np.full((3, 28, 28), 7, np.uint8), [0, 1, 0]).images
    assert images.sum() == 3 * 784 * 7


def test_arrays_go_in_and_come_out():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (20, 28, 28), dtype=np.uint8)
    labels = np.arange(20) % 3
    data = inkling.dataset(images, labels, ["x", "y", "z"])
    assert np.array_equal(data.images, images) and np.array_equal(data.labels, labels)
    assert data.class_names == ["x", "y", "z"] and data.split == "arrays"
    assert np.array_equal(data.subset(np.array([5, 2])).images, images[[5, 2]])
    assert inkling.dataset(images, labels).class_names == ["0", "1", "2"]


@pytest.mark.parametrize("shape", [(6, 28, 28), (6, 784), (6, 1, 28, 28)])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
def test_images_of_any_usual_shape_and_kind(shape, dtype):
    images = np.arange(6 * 784).reshape(shape) % 256
    assert np.array_equal(inkling.as_images(images.astype(dtype)).ravel(), images.ravel())


def test_bytes_are_not_copied():
    images = np.zeros((4, 28, 28), np.uint8)
    assert np.shares_memory(inkling.as_images(images), images)


@pytest.mark.parametrize("images, said", [
    (np.zeros((2, 28, 28)) + 0.5, "whole numbers from 0 to 255"),
    (np.full((2, 28, 28), -1), "whole numbers from 0 to 255"),
    (np.full((2, 28, 28), 256), "whole numbers from 0 to 255"),
    (np.full((2, 28, 28), np.nan), "whole numbers from 0 to 255"),
    (np.zeros((2, 28, 28), bool), "pixels are True and False, expected 0 to 255; give np.uint8(255) * images"),
    (np.zeros((2, 28, 28), complex), "pixels are complex128, expected whole numbers from 0 to 255"),
    (np.full((2, 28, 28), "7"), "pixels are <U1, expected whole numbers"),
    (np.zeros((2, 27)), "no squares"),
    (np.zeros(5), "expected (size, height, width)"),
])
@pytest.mark.filterwarnings("ignore:invalid value")
def test_says_what_is_wrong_with_images(images, said):
    with pytest.raises(inkling.UsageError) as caught:
        inkling.as_images(images)
    assert said in str(caught.value)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("labels, names, said", [
    ([0], None, "2 images, but 1 labels"),
    ([0, 3], ["a", "b"], "labels reach from 0 to 3, expected 0 to 1"),
    ([-1, 0], None, "labels reach from -1"),
    ([0, 1000], None, "expected 0 to 255"),
    ([0.0, 1.0], None, "whole numbers"),
    ([[0, 1]], None, "whole numbers"),
    ([0, 1], [str(i) for i in range(257)], "256 are the most"),
    ([0, 1], ["a", "b", "a"], "class a is there twice, expected each name once"),
])
def test_says_what_is_wrong_with_labels(labels, names, said):
    with pytest.raises(inkling.UsageError, match=".*") as caught:
        inkling.dataset(np.zeros((2, 28, 28), np.uint8), labels, names)
    assert said in str(caught.value)


def test_reads_files_as_the_program_does(tmp_path):
    images = np.arange(5 * 784, dtype=np.uint32).astype(np.uint8).reshape(5, 28, 28)
    with gzip.open(tmp_path / "train-images-idx3-ubyte.gz", "wb") as stream:
        stream.write(struct.pack(">IIII", 2051, 5, 28, 28) + images.tobytes())
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(struct.pack(">II", 2049, 5) + bytes([0, 1, 2, 1, 0]))
    data = inkling.load(tmp_path, orientation="upright")
    assert np.array_equal(data.images, images)
    assert list(data.labels) == [0, 1, 2, 1, 0]


def test_says_what_is_missing(tmp_path):
    with pytest.raises(inkling.DataError, match="no such folder"):
        inkling.load(tmp_path / "none")
    with pytest.raises(inkling.UsageError, match='part is "all"'):
        inkling.load(split="synthetic", part="all")


def test_indices_are_checked(test_part):
    for index in (-1, len(test_part)):
        with pytest.raises(IndexError):
            test_part.subset(np.array([index]))


@pytest.fixture(scope="module")
def numbered():
    return inkling.dataset(np.arange(5, dtype=np.uint8).repeat(784).reshape(5, 28, 28), [0, 1, 2, 3, 4])


@pytest.mark.parametrize("chosen, expected", [
    (np.array([False, True, False, True, True]), [1, 3, 4]),
    ([True, False, False, False, False], [0]),
    (np.zeros(5, bool), []),
    ([4, 0, 0], [4, 0, 0]),
    (range(1, 5, 2), [1, 3]),
    (np.array([3, 1], np.uint8), [3, 1]),
    (np.arange(5)[::-2], [4, 2, 0]),
    ([], []),
    (np.zeros(0, np.int32), []),
])
def test_images_are_chosen_by_indices_or_a_mask(numbered, chosen, expected):
    subset = numbered.subset(chosen)
    assert subset.labels.tolist() == expected and subset.images[:, 0, 0].tolist() == expected


@pytest.mark.parametrize("chosen, said", [
    (np.ones(4, bool), "a mask of 4, expected True or False for each of 5 images"),
    (np.zeros(0, bool), "a mask of 0, expected True or False for each of 5 images"),
    (np.array([0.0, 1.0]), "indices are float64, expected whole numbers, or True or False for each image"),
    ([0.5], "indices are float64"),
    (np.zeros(0), "indices are float64"),
    (["1"], "indices are <U1"),
    (np.zeros((2, 2), int), "indices have the shape (2, 2)"),
    (np.ones((5, 1), bool), "indices have the shape (5, 1)"),
    (3, "indices have the shape ()"),
])
def test_says_what_is_wrong_with_indices(numbered, chosen, said):
    with pytest.raises(inkling.UsageError) as caught:
        numbered.subset(chosen)
    assert said in str(caught.value)


def test_converts_pictures(tmp_path):
    grey = np.full((120, 90), 230, np.uint8)
    grey[20:100, 40:50] = 30
    image = inkling.convert_picture(grey)
    assert image.shape == (28, 28) and image[14, 14] == 255 and image[14, 2] == 0
    (tmp_path / "bar.pgm").write_bytes(b"P5 90 120 255\n" + grey.tobytes())
    assert np.array_equal(inkling.convert_picture(tmp_path / "bar.pgm"), image)
    (tmp_path / "none.png").write_bytes(b"no picture")
    with pytest.raises(inkling.DataError, match="no picture"):
        inkling.convert_picture(tmp_path / "none.png")
    with pytest.raises(inkling.UsageError, match="greys of shape"):
        inkling.convert_picture(np.zeros((3, 4, 5)))
