#!/usr/bin/env python3
"""Writes tests/fixtures/formats/: small files of other programs' making, sound ones and broken ones. SciPy writes
MATLAB's and NumPy its own."""

import pathlib

import numpy as np
from scipy.io import savemat

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests/fixtures/formats"


def images(count, first):
    """(count, 784) bytes that differ: image i has value first + i in pixel i, and 200 in pixel 30."""
    pixels = np.zeros((count, 784), np.uint8)
    pixels[:, 30] = 200
    for i in range(count):
        pixels[i, i] = first + i
    return pixels


def part(count, first, **changes):
    column = np.arange(count).reshape(-1, 1)
    fields = {"images": images(count, first), "labels": (column % 3 + 1).astype(np.uint8),
              "writers": (column // 2 + 1000 * first).astype(np.float64)}
    fields.update(changes)
    return {name: value for name, value in fields.items() if value is not None}


def matlab(name, mapping=((1, 65, 97), (2, 66, 98), (3, 67, 99)), compressed=True, **changes):
    dataset = {"train": part(6, 1, **changes), "test": part(3, 2), "mapping": np.array(mapping, np.float64)}
    savemat(FOLDER / name, {"comment": "not this one", "dataset": dataset}, do_compression=compressed)


def arrays(name, **changes):
    held = {"x_train": images(6, 1).reshape(-1, 28, 28), "y_train": np.arange(6, dtype=np.int64) % 3,
            "x_test": images(3, 2).reshape(-1, 28, 28).astype(">f4"), "y_test": np.arange(3, dtype=">i2")}
    held.update(changes)
    np.savez_compressed(FOLDER / name, **{key: value for key, value in held.items() if value is not None})


FOLDER.mkdir(exist_ok=True)
matlab("emnist-tiny.mat")
matlab("plain.mat", compressed=False)
matlab("no-writers.mat", writers=None)
matlab("few-labels.mat", labels=np.zeros((5, 1)))
matlab("narrow.mat", images=np.zeros((6, 783), np.uint8))
matlab("large-values.mat", images=np.full((6, 784), 300, np.int16))
matlab("complex.mat", labels=np.full((6, 1), 1j))
matlab("text.mat", labels="abcdef")
matlab("gap.mat", mapping=((1, 65), (3, 66)))
matlab("umlaut.mat", mapping=((1, 196), (2, 66)))
savemat(FOLDER / "other.mat", {"something": np.zeros(3)})

arrays("mine.npz")
arrays("fortran.npz", x_train=np.asfortranarray(images(6, 1).reshape(-1, 28, 28)))
arrays("shares.npz", x_train=images(6, 1).reshape(-1, 28, 28) / 255)
arrays("negative.npz", y_train=np.arange(-1, 5))
arrays("text.npz", y_train=np.array(list("abcdef")))
arrays("small.npz", x_train=np.zeros((6, 27, 28), np.uint8))
arrays("one-hot.npz", y_train=np.eye(6))
arrays("no-test.npz", x_test=None)
for kind, count, first in (("train", 6, 1), ("test", 3, 2)):
    np.savez_compressed(FOLDER / f"tiny49-{kind}-imgs.npz", images(count, first).reshape(-1, 28, 28))
    np.savez_compressed(FOLDER / f"tiny49-{kind}-labels.npz", np.arange(count, dtype=np.uint8) % 3)
