import pickle
import threading

import numpy as np
import pytest

import inkling


def test_reads_as_it_is_judged(model, test_part):
    probabilities = model.predict_proba(test_part.images)
    assert probabilities.shape == (len(test_part), 47)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    figures = model.evaluate(test_part)
    assert (model.predict(test_part.images) == test_part.labels).mean() == pytest.approx(figures["accuracy"])
    truth = probabilities[np.arange(len(test_part)), test_part.labels]
    assert -np.log(truth).mean() == pytest.approx(figures["loss"], rel=1e-4)


def test_reads_few_images_as_it_reads_many(model, test_part):
    images = test_part.images[:100]
    expected = model.predict_proba(images)
    for count in (1, 1, 2, 4, 5, 17, 64, 65):
        assert np.allclose(model.predict_proba(images[:count]), expected[:count], atol=1e-5)


def test_metrics_are_scikit_learns(model, test_part):
    metrics = pytest.importorskip("sklearn.metrics")
    read = model.predict(test_part.images)
    figures = model.evaluate(test_part)
    assert figures["macro_f1"] == pytest.approx(metrics.f1_score(test_part.labels, read, average="macro", zero_division=0))
    assert np.array_equal(figures["confusion"], metrics.confusion_matrix(test_part.labels, read, labels=range(47)))


def test_sets_hold_the_true_class(model, test_part):
    sets = model.predict_sets(test_part.images)
    names = [test_part.class_names[label] for label in test_part.labels]
    assert np.mean([name in one for name, one in zip(names, sets)]) > 0.9
    best = model.predict(test_part.images)
    assert all(one[0] == test_part.class_names[label] for one, label in zip(sets, best))
    with pytest.raises(inkling.UsageError, match="no sets for a coverage of 0.5"):
        model.predict_sets(test_part.images, 0.5)


def test_is_kept_and_pickled(model, test_part, tmp_path):
    expected = model.predict_proba(test_part.images)
    model.save(tmp_path / "model.safetensors")
    for other in (inkling.load_model(tmp_path / "model.safetensors"), pickle.loads(pickle.dumps(model))):
        assert np.array_equal(other.predict_proba(test_part.images), expected)
    (tmp_path / "model.safetensors").write_bytes(b"\x00" * 100)
    with pytest.raises(inkling.DataError):
        inkling.load_model(tmp_path / "model.safetensors")


def test_takes_no_images_of_another_size(model):
    with pytest.raises(inkling.UsageError, match="27 x 27 pixels, but the network reads 28 x 28"):
        model.predict(np.zeros((1, 27, 27), np.uint8))
    assert model.predict_proba(np.zeros((0, 28, 28), np.uint8)).shape == (0, 47)


def test_says_what_is_wrong_with_views_and_threads(model, test_part):
    for views in (0, -1, 12):
        with pytest.raises(inkling.UsageError, match=f"views is {views}, expected 1 to 11"):
            model.predict(test_part.images[:1], views=views)
    for threads in (-1, 0, 100_000):
        for call in (lambda: model.predict(test_part.images[:1], threads=threads),
                     lambda: model.predict(test_part.images[:0], threads=threads),
                     lambda: model.evaluate(test_part, threads=threads)):
            with pytest.raises(inkling.UsageError, match=f"threads is {threads}, expected 1 to 1024"):
                call()


def test_takes_no_data_without_images(model, recipe, test_part):
    for empty in (test_part.subset([]), inkling.dataset(np.zeros((0, 28, 28), np.uint8), np.zeros(0, int))):
        with pytest.raises(inkling.DataError, match="no images, expected one at least"):
            model.evaluate(empty)
        with pytest.raises(inkling.DataError, match="no images, expected one at least"):
            inkling.train(recipe, empty)


def test_takes_no_pixels_that_are_true_or_false(model, test_part):
    with pytest.raises(inkling.UsageError, match="pixels are True and False"):
        model.predict(test_part.images[:1] > 128)


@pytest.mark.parametrize("count", [None, 3])
def test_several_threads_may_read(model, test_part, count):
    images = test_part.images[:count]
    expected = model.predict_proba(images, threads=1)
    same = []

    def read():
        same.extend(np.array_equal(model.predict_proba(images, threads=1), expected) for _ in range(3))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert same == [True] * 12


def test_exports(model, test_part, tmp_path):
    model.export(tmp_path / "model.h")
    assert "namespace inkling_model" in (tmp_path / "model.h").read_text()
    model.export(tmp_path / "page.html")
    assert "<html" in (tmp_path / "page.html").read_text()
    with pytest.raises(inkling.UsageError, match="name one of onnx, page, header, c, torch"):
        model.export(tmp_path / "model.bin")
    with pytest.raises(inkling.InklingError):
        model.export(tmp_path / "none" / "model.h")


@pytest.mark.parametrize("printed, said", [
    ("inkling: no room\\nmore\\n", "no room"),
    ("warning\\ncannot load a library\\n\\n", "inkling export ended with 7: cannot load a library"),
    ("", "inkling export ended with 7"),
])
def test_an_export_that_fails_says_what_was_printed_last(monkeypatch, tmp_path, printed, said):
    from inkling import program

    other = tmp_path / "python"
    other.write_text(f"#!/bin/sh\nprintf '{printed}' >&2\nexit 7\n")
    other.chmod(0o755)
    monkeypatch.setattr(program.sys, "executable", str(other))
    with pytest.raises(inkling.InklingError) as caught:
        program.run("export")
    assert str(caught.value) == said


def test_runs_in_onnx_runtime(model, test_part, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    model.export(tmp_path / "model.onnx", None, "--probabilities")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    images = test_part.images[:, np.newaxis].astype(np.float32) / 255
    probabilities, = session.run(["probabilities"], {"image": images})
    assert np.abs(probabilities - model.predict_proba(test_part.images)).max() < 1e-4
