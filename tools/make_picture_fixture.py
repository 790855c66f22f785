#!/usr/bin/env python3
"""Writes tests/fixtures/picture_conversion.json: pictures of one character each and what convert_picture() makes of them
up to EMNIST's own conversion, computed with SciPy and NumPy by other means than pictures/character.cpp, in double
precision: scipy.ndimage closes, labels and shrinks. Pictures are kept as base64 of their grey pixels, row by row.

Whoever makes another conversion, such as a page's JavaScript, holds it to these: box the same, and no pixel of the image
off by more than 2."""

import base64
import json
import pathlib
import sys

import numpy as np
from scipy import ndimage

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from make_conversion_fixture import convert  # noqa: E402


def shrink(grey, factor):
    height, width = -(-grey.shape[0] // factor), -(-grey.shape[1] // factor)
    padded = np.full((height * factor, width * factor), np.nan)
    padded[:grey.shape[0], :grey.shape[1]] = grey
    return np.floor(np.nanmean(padded.reshape(height, factor, width, factor), axis=(1, 3)) + 0.5)


def has_light_ink(grey):
    edge = np.stack(np.broadcast_arrays(grey[:, :1], grey[:, -1:], grey[:1], grey[-1:]))
    difference = grey - np.sort(edge, 0)[1:3].mean(0)
    return (difference * np.abs(difference)).sum() > 0


def levels(missing):
    bins = np.clip((missing * 256).astype(int), 0, 255).ravel()
    best = (0, 0, 0)
    for threshold in range(255):
        paper, ink = bins[bins <= threshold], bins[bins > threshold]
        if len(paper) and len(ink):
            between = float(len(paper)) * len(ink) * (ink.mean() - paper.mean()) ** 2
            if between > best[0]:
                best = (between, (paper.mean() + 0.5) / 256, (ink.mean() + 0.5) / 256)
    return best[1:]


def convert_picture(picture):
    factor = -(-max(picture.shape) // 256)
    grey = shrink(picture.astype(float), factor)
    if has_light_ink(grey):
        grey = 255 - grey
    window = 2 * max(1, max(grey.shape) // 6) + 1
    paper = ndimage.minimum_filter(ndimage.maximum_filter(grey, window, mode="nearest"), window, mode="nearest")
    missing = 1 - grey / np.maximum(paper, 1)
    low, high = levels(missing)
    if high - low < 0.12:
        return [0] * 784, [0, 0, 0, 0]
    ink = np.floor(255 * np.clip((missing - low - 0.25 * (high - low)) / (0.5 * (high - low)), 0, 1) + 0.5)
    parts, count = ndimage.label(ink >= 128, np.ones((3, 3)))
    if count == 0:
        return [0] * 784, [0, 0, 0, 0]
    sizes = np.bincount(parts.ravel())[1:]
    large = [part for part in range(1, count + 1) if sizes[part - 1] >= 0.03 * sizes.max()]
    darkness = {part: missing[parts == part].mean() for part in large}
    edge = set(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    kept = np.isin(parts, [part for part in large
                           if part not in edge or darkness[part] >= 0.75 * max(darkness.values())])
    ink = np.where(ndimage.binary_dilation(kept, np.ones((5, 5))), ink, 0)
    rows, columns = np.flatnonzero(kept.any(1)), np.flatnonzero(kept.any(0))
    left, top = columns[0] * factor, rows[0] * factor
    right = min((columns[-1] + 1) * factor, picture.shape[1])
    bottom = min((rows[-1] + 1) * factor, picture.shape[0])
    return convert(ink).ravel().tolist(), [int(v) for v in (left, top, right - left, bottom - top)]


def stroke(height, width, points, thickness):
    """Ink from 0 to 1 along a line through `points`, given as shares of width and height."""
    y, x = np.mgrid[:height, :width] + 0.5
    distance = np.full((height, width), np.inf)
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        x0, x1, y0, y1 = x0 * width, x1 * width, y0 * height, y1 * height
        along = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2), 0, 1)
        distance = np.minimum(distance, np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)))
    return np.clip(thickness / 2 + 0.5 - distance, 0, 1)


def pictures():
    four = [(0.6, 0.85), (0.6, 0.15), (0.25, 0.6), (0.8, 0.6)]
    random = np.random.default_rng(7)
    ink = stroke(60, 50, four, 4)
    yield "dark on light", 250 - 220 * ink
    yield "light on dark", 20 + 200 * ink
    ink = stroke(90, 110, four, 6)
    shadow = np.linspace(1, 0.35, 110)[None] * np.where(np.arange(90)[:, None] > 50, 0.6, 1)
    yield "in shadow", (230 - 140 * ink) * shadow
    y, x = np.mgrid[:90, :110]
    yield "behind a shadow's edge", (230 - 190 * ink) * np.where(y > 10 + 0.35 * x, 0.5, 1)
    yield "faint and noisy", 200 - 70 * ink + random.normal(0, 4, ink.shape)
    specks = np.zeros_like(ink)
    specks[4:6, 5:7] = specks[80, 100] = specks[10:12, 95] = 1
    yield "with specks", 240 - 200 * np.maximum(ink, specks)
    yield "larger than 256", 255 - 255 * stroke(300, 210, four, 17)
    yield "blank", np.full((20, 30), 180) + random.normal(0, 2, (20, 30))
    dot = stroke(64, 40, [(0.5, 0.4), (0.5, 0.9)], 5) + stroke(64, 40, [(0.5, 0.15), (0.51, 0.16)], 6)
    yield "two parts", 255 - 255 * np.minimum(dot, 1)


def main():
    cases = []
    for name, picture in pictures():
        pixels = np.clip(np.floor(picture + 0.5), 0, 255).astype(np.uint8)
        image, box = convert_picture(pixels)
        cases.append({"name": name, "width": pixels.shape[1], "height": pixels.shape[0], "box": box, "image": image,
                      "pixels": base64.b64encode(pixels.tobytes()).decode()})
    path = pathlib.Path(__file__).resolve().parent.parent / "tests/fixtures/picture_conversion.json"
    path.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
