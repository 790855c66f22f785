import numpy as np
import pytest

import inkling

sklearn = pytest.importorskip("sklearn")

TINY = """
name = "tiny"
[network]
family = "mlp"
hidden = [32, 32]
[training]
epochs = 10
batch_size = 16
validation_fraction = 0
[optimizer]
kind = "adamw"
learning_rate = 1e-2
"""


def test_passes_scikit_learns_own_checks():
    from sklearn.utils.estimator_checks import check_estimator

    results = check_estimator(inkling.InklingClassifier(TINY, n_jobs=1), on_fail=None, on_skip=None)
    assert len(results) > 50
    assert [(one["check_name"], str(one["exception"])) for one in results if one["status"] == "failed"] == []


def test_cross_validates_in_a_pipeline():
    from sklearn.datasets import load_digits
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler

    digits, labels = load_digits(return_X_y=True)
    scores = cross_val_score(make_pipeline(MinMaxScaler(), inkling.InklingClassifier(TINY)), digits, labels, cv=3)
    assert scores.mean() > 0.9


def test_the_same_seed_gives_the_same_network(train_part):
    X, y = train_part.images[:400].reshape(400, -1), train_part.labels[:400]
    first, again = (inkling.InklingClassifier(TINY, random_state=5, n_jobs=1).fit(X, y).predict_proba(X) for _ in range(2))
    other = inkling.InklingClassifier(TINY, random_state=6, n_jobs=1).fit(X, y).predict_proba(X)
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_keeps_the_labels_that_it_is_given():
    X = np.repeat(np.array([[0] * 16, [255] * 16]), 20, axis=0)
    y = np.repeat(["dark", "light"], 20)
    fitted = inkling.InklingClassifier(TINY).fit(X, y)
    assert list(fitted.predict(X[[0, -1]])) == ["dark", "light"] and list(fitted.classes_) == ["dark", "light"]
    with pytest.raises(ValueError, match="image_shape"):
        inkling.InklingClassifier(TINY, image_shape=(3, 5)).fit(X, y)
