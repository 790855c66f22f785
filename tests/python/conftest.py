import numpy as np
import pytest

import inkling

RECIPE = """
name = "small"
[network]
family = "mlp"
hidden = [64, 64, 64]
[training]
epochs = 3
batch_size = 64
calibrate = true
[optimizer]
kind = "adamw"
learning_rate = 3e-3
"""


def thinned(data, step):
    return data.subset(np.arange(0, len(data), step))


@pytest.fixture(scope="session")
def train_part():
    return thinned(inkling.load(split="synthetic"), 5)


@pytest.fixture(scope="session")
def test_part():
    return thinned(inkling.load(split="synthetic", part="test"), 4)


@pytest.fixture(scope="session")
def recipe():
    return inkling.Recipe(RECIPE)


@pytest.fixture(scope="session")
def training(recipe, train_part):
    return inkling.train(recipe, train_part)


@pytest.fixture(scope="session")
def model(training):
    return training.model
