"""Images and their labels, from NumPy arrays or from any files that the program reads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Union

import numpy as np
import numpy.typing as npt

from . import _inkling
from ._inkling import Dataset
from .errors import UsageError

Path = Union[str, os.PathLike[str]]


def as_images(images: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Images as bytes of shape (size, height, width), without a copy where they are that already.

    Parameters
    ----------
    images : array_like
        Pixels from 0 to 255, ink bright on black, upright; shape (size, height, width), (size, 1, height, width), or
        (size, side * side) row by row. Floats must be whole numbers.

    Raises
    ------
    UsageError
        Where the shape is another, a pixel is beside 0 to 255, or pixels are True and False or no real numbers.
    """
    array = np.asarray(images)
    if array.dtype == np.bool_:
        raise UsageError("pixels are True and False, expected 0 to 255; give np.uint8(255) * images")
    if array.dtype.kind not in "uif":
        raise UsageError(f"pixels are {array.dtype}, expected whole numbers from 0 to 255")
    if array.ndim == 4 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2:
        side = int(round(array.shape[1] ** 0.5))
        if side * side != array.shape[1]:
            raise UsageError(f"images of {array.shape[1]} pixels are no squares; give them the shape (size, height, width)")
        array = array.reshape(len(array), side, side)
    if array.ndim != 3:
        raise UsageError(f"images have the shape {array.shape}, expected (size, height, width) or (size, side * side)")
    if array.dtype != np.uint8:
        bytes_ = array.astype(np.uint8)
        if not np.array_equal(bytes_, array):
            raise UsageError("pixels are not whole numbers from 0 to 255; floats from 0 to 1 want np.rint(255 * images)")
        array = bytes_
    return np.ascontiguousarray(array)


def as_indices(chosen: npt.ArrayLike, count: int) -> npt.NDArray[np.int64]:
    """What `Dataset.subset` takes of `count` images, as indices.

    Parameters
    ----------
    chosen : array_like of int, or of bool with shape (count,)
        Indices from 0, in any order; or which images.

    Raises
    ------
    UsageError
    """
    array = np.asarray(chosen)
    if array.ndim != 1:
        raise UsageError(f"indices have the shape {array.shape}, expected a list of them, or True or False for each image")
    if array.dtype == np.bool_:
        if len(array) != count:
            raise UsageError(f"a mask of {len(array)}, expected True or False for each of {count} images")
        return np.flatnonzero(array).astype(np.int64)
    if len(array) == 0 and not isinstance(chosen, np.ndarray):
        return np.zeros(0, np.int64)  # what NumPy takes for floats
    if not np.issubdtype(array.dtype, np.integer):
        raise UsageError(f"indices are {array.dtype}, expected whole numbers, or True or False for each image")
    return np.ascontiguousarray(array, dtype=np.int64)


def dataset(images: npt.ArrayLike, labels: npt.ArrayLike, class_names: Sequence[str] | None = None,
            name: str = "arrays") -> Dataset:
    """A data set of arrays, whose bytes it copies once.

    Parameters
    ----------
    images : array_like
        As `as_images` takes them.
    labels : array_like of int, shape (size,)
        From 0; at most 256 classes.
    class_names : sequence of str, optional
        A name for each class, no two alike; their numbers, if nothing is given.
    name : str
        What records call it.

    Raises
    ------
    UsageError
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise UsageError(f"labels have the shape {labels.shape} and are {labels.dtype}, expected a list of whole numbers")
    return Dataset(as_images(images), np.ascontiguousarray(labels, dtype=np.int64), list(class_names or []), name)


def load(data: Path | None = None, split: str | None = None, part: str = "train", orientation: str | None = None) -> Dataset:
    """One part of a data set, from files of any layout that the program reads.

    Parameters
    ----------
    data : path, optional
        Folder or file: IDX, CSV, MATLAB, NumPy, or a folder of pictures for each class. Without it, $INKLING_DATA, else
        the program's cache, which `inkling data fetch` fills; split "synthetic" is made in memory.
    split : str, optional
        Such as "balanced"; that or the only one of the folder, if nothing is given.
    part : {"train", "test"}
    orientation : {"upright", "transposed"}, optional
        How the files store images, where it is not found out.

    Raises
    ------
    DataError
        With the file, what was found there and what was expected.
    """
    folder = data if data is not None else ("" if split == "synthetic" else os.environ.get("INKLING_DATA", ""))
    return _inkling.load(os.path.expanduser(os.fspath(folder)), split or "", part, orientation or "")


def convert_picture(picture: Path | npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """A picture of one character as what a network reads, shape (28, 28), ink bright on black.

    Parameters
    ----------
    picture : path or array_like
        A PNG, JPEG, BMP, PNM, TIFF or WebP file, or greys from 0 to 255 of shape (height, width); dark on light or light
        on dark, of any size.

    Raises
    ------
    DataError
        Where the file is no such picture.
    """
    if isinstance(picture, (str, os.PathLike)):
        return _inkling.convert_file(os.fspath(picture))
    grey = np.asarray(picture)
    if grey.ndim != 2:
        raise UsageError(f"the picture has the shape {grey.shape}, expected greys of shape (height, width)")
    return _inkling.convert_grey(np.ascontiguousarray(as_images(grey[np.newaxis])[0]))
