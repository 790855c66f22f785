"""Training networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import _inkling
from ._inkling import Dataset
from .data import Path
from .model import Model
from .recipe import Recipe
from .threads import as_threads


@dataclass(frozen=True)
class Training:
    """What came of a training.

    Attributes
    ----------
    model : Model
        With the weights of the last epoch, or of the best where the recipe stops early.
    history : list of dict
        An entry an epoch: epoch, learning_rate, train_loss, train_accuracy, validation_loss and validation_accuracy where
        images are held out, seconds, images_per_second.
    outcome : {"finished", "stopped early", "stopped by callback"}
    best_epoch : int
        The epoch whose weights the model has, from 1.
    """

    model: Model
    history: list[dict[str, float]]
    outcome: str
    best_epoch: int


def train(recipe: Recipe | Path, data: Dataset, settings: Mapping[str, object] | None = None, *,
          on_epoch: Callable[[dict[str, Any]], bool | None] | None = None, init_from: Model | None = None,
          threads: int | None = None) -> Training:
    """Trains a network as ``inkling train`` does, to the same bytes with as many threads.

    Parameters
    ----------
    recipe : Recipe or path
        Or what `Recipe` takes.
    data : Dataset
        To learn from; `training.validation_fraction` of each class is held out to judge each epoch by.
    settings : mapping, optional
        As of `Recipe`, where `recipe` is none yet.
    on_epoch : callable, optional
        Hears each epoch's entry of the history; returns True to stop.
    init_from : Model, optional
        Whose weights are begun with; its output layer may differ.
    threads : int, 1 to 1024, optional
        As many as there are processors, if nothing is given.

    Raises
    ------
    UsageError, DataError
        Where recipe and data do not fit.
    InklingError
        Where the loss is not finite any more.
    KeyboardInterrupt
        On Ctrl-C, within a step or two.
    """
    if not isinstance(recipe, _inkling.Recipe):
        recipe = Recipe(recipe, settings)
    elif settings:
        raise TypeError("settings belong to Recipe(...) where the recipe is one already")
    result = _inkling.train(recipe, data, on_epoch, init_from._network if init_from else None, as_threads(threads))
    return Training(Model(result.model), result.history, result.outcome, result.best_epoch)
