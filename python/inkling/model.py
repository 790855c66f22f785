"""Trained networks: reading, judging, keeping, handing on."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _inkling, program
from ._inkling import Dataset
from .data import Path, as_images
from .errors import UsageError
from .threads import as_threads

_FORMS = ("onnx", "page", "header", "c", "torch")


class Model:
    """A trained network with all that is needed to use it. Made by `train` and `load_model`.

    Methods may be called from several threads at once; they let Python run meanwhile.
    """

    def __init__(self, network: _inkling.Model) -> None:
        self._network = network
        self._reader = _inkling.Reader(network)

    def __reduce__(self) -> tuple[Any, ...]:
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "model.safetensors")
            self.save(file)
            with open(file, "rb") as stream:
                return _from_bytes, (stream.read(),)

    def __repr__(self) -> str:
        return f"<inkling.Model of {len(self.class_names)} classes, {self.parameters} parameters>"

    @property
    def class_names(self) -> list[str]:
        return self._network.class_names

    @property
    def parameters(self) -> int:
        return self._network.parameters

    @property
    def input_shape(self) -> tuple[int, int]:
        """Height and width of the images that it reads."""
        return self._network.input_shape

    def predict_proba(self, images: npt.ArrayLike, *, views: int = 1, threads: int | None = None) -> npt.NDArray[np.float32]:
        """The probability of each class, shape (size, classes).

        Parameters
        ----------
        images : array_like
            As `as_images` takes them.
        views : int, 1 to 11
            Of each image, slightly moved, whose probabilities are averaged.
        threads : int, 1 to 1024, optional
            As many as there are processors, if nothing is given.
        """
        return self._reader.predict_proba(as_images(images), views, as_threads(threads))

    def predict(self, images: npt.ArrayLike, *, views: int = 1, threads: int | None = None) -> npt.NDArray[np.intp]:
        """The likeliest class of each image, shape (size,)."""
        likeliest: npt.NDArray[np.intp] = self.predict_proba(images, views=views, threads=threads).argmax(axis=1)
        return likeliest

    def predict_sets(self, images: npt.ArrayLike, coverage: float = 0.95) -> list[list[str]]:
        """For each image the names of classes that hold its true one at that rate, likeliest first.

        Raises
        ------
        UsageError
            Where the model was not calibrated for it (`training.calibrate`).
        """
        bounds = dict(self._network.sets)
        if coverage not in bounds:
            known = ", ".join(map(str, bounds)) or "none: train with training.calibrate = true"
            raise UsageError(f"no sets for a coverage of {coverage}; this model has {known}")
        sets = []
        for row in self.predict_proba(images):
            order = np.argsort(-row, kind="stable")
            sets.append([self.class_names[k] for i, k in enumerate(order) if i == 0 or row[k] >= bounds[coverage]])
        return sets

    def evaluate(self, data: Dataset, *, views: int = 1, threads: int | None = None) -> dict[str, Any]:
        """Accuracy, loss, macro_precision, macro_recall, macro_f1, per_class, confusion, ... on a data set.

        Raises
        ------
        DataError
            Where its classes are not those that the model learned, or it has no images.
        """
        figures: dict[str, Any] = json.loads(self._network.evaluate(data, views, as_threads(threads)))
        return figures

    def save(self, path: Path) -> None:
        """Writes a safetensors file, which `load_model` and the program read."""
        self._network.save(os.fspath(path))

    def export(self, path: Path, form: str | None = None, *options: str) -> None:
        """Writes the network for use elsewhere.

        Parameters
        ----------
        path : path
        form : {"onnx", "page", "header", "c", "torch"}, optional
            By the path's ending, if nothing is given: .onnx, .html, .h, .c, .py.
        *options : str
            Of ``inkling export``, such as ``"--probabilities"``.
        """
        endings = dict(zip((".onnx", ".html", ".h", ".c", ".py"), _FORMS))
        form = form or endings.get(os.path.splitext(path)[1], "")
        if form not in _FORMS:
            raise UsageError(f"{os.fspath(path)}: what to write is not told by its ending; name one of {', '.join(_FORMS)}")
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "model.safetensors")
            self.save(file)
            program.run("export", file, f"--{form}", os.path.abspath(path), "--quiet", *options)


def _from_bytes(content: bytes) -> Model:
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "model.safetensors")
        with open(file, "wb") as stream:
            stream.write(content)
        return load_model(file)


def load_model(path: Path) -> Model:
    """The model of a run's folder or of a safetensors file.

    Raises
    ------
    DataError
    """
    return Model(_inkling.load_model(os.fspath(path)))
