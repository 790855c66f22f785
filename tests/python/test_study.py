import signal
import threading
import time

import pytest

import inkling

RECIPE = """
[budgets.quick]
data_fraction = 0.02
folds = 2
fresh_folds = 0
confirm = 0
final_seeds = 1
curves = false
epochs = { mlp = 1 }
final_epochs = { mlp = 1 }
[families.mlp]
baseline_recipe = '''
[network]
family = "mlp"
hidden = [32, 32, 32]
[optimizer]
kind = "adamw"
learning_rate = 3e-3
'''
[[techniques]]
name = "activation"
key = "network.activation"
values = ["relu", "elu"]
"""


def test_a_study(tmp_path):
    recipe = tmp_path / "study.toml"
    recipe.write_text(RECIPE)
    study = inkling.Study(tmp_path / "study")
    assert not study.begun and not study.finished
    with pytest.raises(inkling.InklingError):
        study.to_pandas()
    study.run(recipe, split="synthetic", quiet=True)
    assert study.begun and study.finished and study.report.exists()
    assert study.run(quiet=True).finished  # goes on, with nothing left to do
    family, = study.results()["study"]["families"]
    assert family["name"] == "mlp"
    pandas = pytest.importorskip("pandas")
    table = study.to_pandas()
    assert isinstance(table, pandas.DataFrame)
    assert {"relu", "elu"} <= set(table["option"])
    assert study.best("mlp").parameters > 784 * 32


def test_says_what_is_wrong_with_a_study(tmp_path):
    with pytest.raises(inkling.UsageError, match="nearest|no such recipe|expected"):
        inkling.Study(tmp_path / "study").run("cnnn", split="synthetic", quiet=True)


def test_ctrl_c_stops_a_study_which_is_kept(tmp_path):
    recipe = tmp_path / "study.toml"
    recipe.write_text(RECIPE.replace("epochs = { mlp = 1 }", "epochs = { mlp = 100000 }", 1))  # does not end by itself
    study = inkling.Study(tmp_path / "study")

    def interrupt():
        while not (study.folder / "study.toml").exists():
            time.sleep(0.05)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        study.run(recipe, split="synthetic", quiet=True)
    assert study.begun and not study.finished
