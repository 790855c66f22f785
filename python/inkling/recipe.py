"""What to train and how."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from . import _inkling
from .data import Path


def _text_of(value: object) -> str:
    """As TOML has it; Python's values and NumPy's."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(repr(str(item)) if isinstance(item, str) else _text_of(item) for item in value)}]"
    return str(value)


class Recipe(_inkling.Recipe):
    """A recipe: network, training, optimizer, schedule, augmentation, regularisation.

    Parameters
    ----------
    source : str or path
        A file, the name of a recipe that comes along ("cnn", "mlp", "cnn-minute", ...), or the recipe's own text in TOML.
    settings : mapping, optional
        Values in place of the recipe's by section and key, as in ``{"training.epochs": 3, "optimizer.kind": "lion"}``.

    Raises
    ------
    UsageError
        With file, line, key, what was found and what is expected.

    Examples
    --------
    >>> Recipe("cnn", {"training.epochs": 3}).name
    'cnn'
    """

    def __init__(self, source: Path, settings: Mapping[str, object] | None = None) -> None:
        super().__init__(os.fspath(source), [f"{key}={_text_of(value)}" for key, value in (settings or {}).items()])

    def __repr__(self) -> str:
        return f"<inkling.Recipe {self.name!r}>"
