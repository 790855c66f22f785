"""A classifier for scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from .data import dataset
from .model import Model
from .recipe import Recipe
from .training import train


class InklingClassifier(ClassifierMixin, BaseEstimator):
    """A network as scikit-learn's classifier, for `Pipeline`, `cross_val_score` and the like.

    Features are taken for pixels and kept as bytes: whole numbers from 0 to 255 stay as they are; else the training
    data's range, from its smallest value to its largest, becomes 0 to 255, and what is beyond it is cut off.

    Parameters
    ----------
    recipe : str or path
        As `Recipe` takes it.
    settings : mapping, optional
        As `Recipe` takes them, such as ``{"training.epochs": 3}``.
    image_shape : tuple of int, optional
        Height and width of the images whose pixels the features are, row by row. Without it, a square where their number
        is one, else one row.
    random_state : int, RandomState or None
        Seed of the training; None takes the recipe's.
    n_jobs : int, optional
        Threads; as many as there are processors, if nothing is given.

    Attributes
    ----------
    classes_ : ndarray
        Class labels.
    model_ : Model
        The trained network.
    history_ : list of dict
        As `Training.history`.
    n_features_in_ : int
    """

    def __init__(self, recipe: str = "mlp", settings: Mapping[str, object] | None = None, *,
                 image_shape: tuple[int, int] | None = None, random_state: int | np.random.RandomState | None = None,
                 n_jobs: int | None = None) -> None:
        self.recipe = recipe
        self.settings = settings
        self.image_shape = image_shape
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> InklingClassifier:
        """Trains the network.

        Parameters
        ----------
        X : array_like, shape (samples, features)
        y : array_like, shape (samples,)

        Returns
        -------
        self
        """
        samples, targets = validate_data(self, X, y)
        check_classification_targets(targets)
        self.classes_, labels = np.unique(targets, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"Classifier can't train when only one class is present: {self.classes_[0]!r}")
        low, high = samples.min(), samples.max()
        is_bytes = low >= 0 and high <= 255 and np.array_equal(samples, np.rint(samples))
        self.range_ = (0.0, 255.0) if is_bytes else (float(low), float(high))
        settings = dict(self.settings or {})
        if self.random_state is not None:
            state = self.random_state
            settings["training.seed"] = state if isinstance(state, (int, np.integer)) else state.randint(2**31)
        recipe = Recipe(self.recipe, settings)
        result = train(recipe, dataset(self._images(samples), labels, [str(name) for name in self.classes_]), threads=self.n_jobs)
        self.model_ = result.model
        self.history_ = result.history
        return self

    def _images(self, X: npt.NDArray[Any]) -> npt.NDArray[Any]:
        low, high = self.range_
        if (low, high) != (0.0, 255.0) or X.dtype != np.uint8:
            X = np.rint(np.clip((X.astype(np.float64) - low) * (255 / ((high - low) or 1)), 0, 255)).astype(np.uint8)
        side = int(round(X.shape[1] ** 0.5))
        shape = self.image_shape or ((side, side) if side * side == X.shape[1] else (1, X.shape[1]))
        if shape[0] * shape[1] != X.shape[1]:
            raise ValueError(f"image_shape is {tuple(shape)}, but X has {X.shape[1]} features")
        return X.reshape(len(X), *shape)

    def predict_proba(self, X: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """The probability of each class, shape (samples, classes).

        Parameters
        ----------
        X : array_like, shape (samples, features)
        """
        check_is_fitted(self)
        samples = validate_data(self, X, reset=False)
        model: Model = self.model_
        return model.predict_proba(self._images(samples), threads=self.n_jobs)

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """The likeliest class, shape (samples,).

        Parameters
        ----------
        X : array_like, shape (samples, features)
        """
        probabilities = self.predict_proba(X)
        labels: npt.NDArray[Any] = self.classes_[probabilities.argmax(axis=1)]
        return labels
