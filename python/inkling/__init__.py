"""Inkling: fast training and honest study of networks that read handwritten characters.

>>> import inkling
>>> train = inkling.load("~/emnist", "balanced")                     # doctest: +SKIP
>>> result = inkling.train("cnn-minute", train)                      # doctest: +SKIP
>>> result.model.evaluate(inkling.load("~/emnist", "balanced", "test"))["accuracy"]   # doctest: +SKIP
"""

import os as _os
import pathlib as _pathlib

_os.environ.setdefault("INKLING_RECIPES", str(_pathlib.Path(__file__).parent / "recipes"))

from ._inkling import Dataset, instruction_set  # noqa: E402
from ._inkling import recipe_keys  # noqa: E402
from ._inkling import version as __version__  # noqa: E402
from .data import as_images, convert_picture, dataset, load  # noqa: E402
from .errors import DataError, InklingError, UsageError  # noqa: E402
from .model import Model, load_model  # noqa: E402
from .recipe import Recipe  # noqa: E402
from .study import Study  # noqa: E402
from .training import Training, train  # noqa: E402

__all__ = [
    "DataError", "Dataset", "InklingClassifier", "InklingError", "Model", "Recipe", "Study", "Training", "UsageError",
    "__version__", "as_images", "convert_picture", "dataset", "instruction_set", "load", "load_model", "recipe_keys", "train",
]


def __getattr__(name: str) -> object:
    # scikit-learn is looked for where it is wanted.
    if name == "InklingClassifier":
        from .estimator import InklingClassifier

        return InklingClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
