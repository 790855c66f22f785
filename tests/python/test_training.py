import signal
import threading
import time

import numpy as np
import pytest

import inkling
from conftest import RECIPE


def test_learns(training, test_part):
    assert training.outcome == "finished" and training.best_epoch == 3
    assert [line["epoch"] for line in training.history] == [1, 2, 3]
    assert training.history[-1]["train_loss"] < training.history[0]["train_loss"]
    assert 0.5 < training.history[-1]["validation_accuracy"] < 1
    assert training.model.evaluate(test_part)["accuracy"] > 0.6


def test_gives_the_programs_bytes(recipe, train_part, tmp_path):
    """With as many threads, a training from Python and one from the program are one."""
    from inkling import program

    file = tmp_path / "small.toml"
    file.write_text(RECIPE)
    program.run("train", str(file), "--split", "synthetic", "--epochs", "1", "--no-test", "--threads", "1", "--quiet",
                "--out", str(tmp_path / "run"))
    ours = inkling.train(inkling.Recipe(RECIPE, {"training.epochs": 1}), inkling.load(split="synthetic"), threads=1).model
    theirs = inkling.load_model(tmp_path / "run")
    images = train_part.images[:500]
    assert np.array_equal(ours.predict_proba(images), theirs.predict_proba(images))


def test_a_callback_hears_each_epoch_and_stops(train_part):
    heard = []

    def hear(line):
        heard.append(line["epoch"])
        return len(heard) == 2

    result = inkling.train(RECIPE, train_part, {"training.epochs": 50}, on_epoch=hear)
    assert heard == [1, 2] and result.outcome == "stopped by callback"
    assert len(result.history) == 2


def test_what_a_callback_raises_ends_the_training(train_part, recipe):
    def refuse(line):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        inkling.train(recipe, train_part, on_epoch=refuse)


def test_begins_with_a_models_weights(model, train_part, recipe):
    line = inkling.train(RECIPE, train_part, {"training.epochs": 1}, init_from=model).history[0]
    assert line["train_loss"] < inkling.train(RECIPE, train_part, {"training.epochs": 1}).history[0]["train_loss"] - 0.5


def test_python_runs_meanwhile(train_part):
    """Others hold the interpreter while a network is trained."""
    counted, done = 0, threading.Event()
    thread = threading.Thread(target=lambda: (inkling.train(RECIPE, train_part, {"training.epochs": 5}), done.set()))
    thread.start()
    while not done.is_set():
        counted += 1
        time.sleep(0.001)
    thread.join()
    assert counted > 50


def test_trainings_side_by_side_do_not_meet(train_part, training, recipe):
    results = {}

    def work(key):
        results[key] = inkling.train(recipe, train_part, threads=1).model.predict_proba(train_part.images[:100])

    threads = [threading.Thread(target=work, args=(key,)) for key in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.array_equal(results[0], results[1]) and np.array_equal(results[0], results[2])


def test_ctrl_c_ends_a_training(train_part):
    timer = threading.Timer(1.0, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        inkling.train(RECIPE, train_part, {"training.epochs": 100_000})
    timer.cancel()


def test_settings_may_be_numpys():
    ours = inkling.Recipe("mlp", {"training.epochs": np.int64(3), "training.calibrate": np.bool_(True),
                                  "optimizer.learning_rate": np.float64(0.25), "network.hidden": np.array([8, 16])})
    assert ours.to_toml() == inkling.Recipe("mlp", {"training.epochs": 3, "training.calibrate": True,
                                                    "optimizer.learning_rate": 0.25, "network.hidden": [8, 16]}).to_toml()
    assert inkling.Recipe("mlp", {"network.hidden": [np.int64(8), np.int64(16)]}).to_toml().count("units = 16") == 1
    assert inkling.Recipe("mlp", {"training.calibrate": np.bool_(False)}).to_toml() != ours.to_toml()


def test_says_what_is_wrong_with_threads(train_part, recipe):
    for threads in (-1, 0, 1025):
        with pytest.raises(inkling.UsageError, match=f"threads is {threads}, expected 1 to 1024"):
            inkling.train(recipe, train_part, threads=threads)


def test_says_what_is_wrong_with_a_recipe(train_part):
    with pytest.raises(inkling.UsageError, match="did you mean epochs"):
        inkling.Recipe("cnn", {"training.epoch": 3})
    with pytest.raises(inkling.UsageError, match="no such recipe"):
        inkling.Recipe("cn")
    with pytest.raises(inkling.UsageError, match="conv2d takes an image"):
        inkling.train("cnn", inkling.dataset(np.zeros((9, 2, 2), np.uint8), [0, 1, 2] * 3))
    with pytest.raises(TypeError):
        inkling.train(inkling.Recipe("mlp"), train_part, {"training.epochs": 1})


def test_a_loss_that_is_not_finite_is_an_error(train_part):
    with pytest.raises(inkling.InklingError, match="learning rate|finite"):
        inkling.train(RECIPE, train_part, {"optimizer.kind": "sgd", "optimizer.learning_rate": 100})


def test_recipes_say_what_they_are(recipe):
    assert recipe.name == "small" and recipe.to_toml().count("units = 64") == 3
    assert inkling.Recipe(recipe.to_toml()).to_toml() == recipe.to_toml()
    assert inkling.Recipe("mlp", {"network.hidden": [8, 8, 8]}).to_toml().count("units = 8,") == 3
    assert "network.hidden" in inkling.recipe_keys()
