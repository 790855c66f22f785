#!/usr/bin/env python3
"""Writes tests/fixtures/emnist_conversion.json: EMNIST's conversion of a few pictures, computed with SciPy and NumPy by
other means than data/emnist_conversion.cpp, in double precision: scipy.ndimage blurs, and each output pixel is a plain
double sum over all samples of the blurred picture."""

import json
import pathlib

import numpy as np
from scipy.ndimage import gaussian_filter


def cubic(x):
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def weights(centre, scale, count):
    """(28, count): how much each sample counts in each pixel. Blank samples beyond the picture count too."""
    widening = max(1.0, scale / 2)
    samples = np.arange(-200, count + 200)
    places = centre + (np.arange(28) + 0.5 - 14) * scale - 0.5
    kernel = cubic((samples[None] - places[:, None]) / widening)
    return (kernel / kernel.sum(1, keepdims=True))[:, 200:-200]


def convert(picture):
    pad = 8
    soft = gaussian_filter(np.pad(picture.astype(float), pad), 1, mode="constant", truncate=4)
    ink = soft >= soft.max() / 2
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    scale = max(bottom - top, right - left) / 24
    down = weights((top + bottom) / 2, scale, soft.shape[0])
    across = weights((left + right) / 2, scale, soft.shape[1])
    small = np.maximum(down @ soft @ across.T, 0)
    return np.floor(small * 255 / small.max() + 0.5).astype(int)


def pictures():
    y, x = np.mgrid[0:128, 0:128]
    ring = (np.abs(np.hypot(x - 60, (y - 70) * 0.8) - 20) < 2.5) * 255
    yield "ring", ring
    yield "bar", ((x > 30) & (x < 36) & (y > 20) & (y < 100)) * 255
    y, x = np.mgrid[0:40, 0:30]
    yield "small slope of greys", np.clip(255 - 20 * np.abs(x - 5 - 0.5 * y), 0, 255).astype(int)
    y, x = np.mgrid[0:300, 0:220]
    yield "large cross", ((np.abs(x - y * 0.7) < 9) | (np.abs(x + y * 0.7 - 215) < 9)) * 200


def main():
    cases = [{"name": name, "width": p.shape[1], "height": p.shape[0], "pixels": p.astype(int).ravel().tolist(),
              "image": convert(p).ravel().tolist()} for name, p in pictures()]
    for case in cases:  # runs of equal pixels as [value, length], for a small file
        runs = []
        for value in case.pop("pixels"):
            if runs and runs[-1][0] == value:
                runs[-1][1] += 1
            else:
                runs.append([value, 1])
        case["runs"] = runs
    path = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "emnist_conversion.json"
    path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
