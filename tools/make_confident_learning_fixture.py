#!/usr/bin/env python3
"""Writes tests/fixtures/confident_learning.json: thresholds, joint and label errors as cleanlab has them.

    tools/make_confident_learning_fixture.py [FOLDER]      needs numpy and cleanlab; the file holds cleanlab's version

Running it again gives the same file.
"""
import json
import sys
from pathlib import Path

import cleanlab
import numpy as np
from cleanlab.count import compute_confident_joint, estimate_joint, get_confident_thresholds
from cleanlab.filter import find_label_issues

CLASSES, IMAGES = 5, 120
rng = np.random.default_rng(11)

# Classes of unequal sizes, of which two are alike; labels that follow a noise matrix; probabilities that know the truth
# more or less well.
truth = rng.choice(CLASSES, IMAGES, p=[0.35, 0.25, 0.2, 0.12, 0.08])
noise = np.eye(CLASSES) * 0.8 + 0.04
noise[1] = [0.02, 0.6, 0.3, 0.04, 0.04]
labels = np.array([rng.choice(CLASSES, p=noise[t] / noise[t].sum()) for t in truth])
logits = rng.normal(0, 1, (IMAGES, CLASSES))
logits[np.arange(IMAGES), truth] += rng.choice([0.5, 2.0, 5.0], IMAGES)
probabilities = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)

thresholds = get_confident_thresholds(labels, probabilities)
# The paper takes the likeliest class of those above their thresholds, cleanlab the likeliest of all where there are
# several: the fixture has no image for which the two differ.
above = probabilities >= np.array(thresholds) - 1e-6
for row, confident in zip(probabilities, above):
    assert not confident.any() or np.where(confident, row, -1).argmax() == row.argmax() or confident.sum() == 1

joint, suspects = compute_confident_joint(labels, probabilities, calibrate=False, return_indices_of_off_diagonals=True)
ranked = find_label_issues(labels, probabilities, filter_by="confident_learning",
                           return_indices_ranked_by="normalized_margin", n_jobs=1)
text = json.dumps({"cleanlab": cleanlab.__version__, "classes": CLASSES, "labels": labels.tolist(),
                   "probabilities": [float(str(p)) for p in probabilities.ravel()],
                   "thresholds": list(map(float, thresholds)), "confident_joint": joint.ravel().tolist(),
                   "joint": estimate_joint(labels, probabilities, confident_joint=joint).ravel().tolist(),
                   "suspects": sorted(map(int, suspects)), "ranked": ranked.tolist()}, indent=1)
folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "tests" / "fixtures"
(folder / "confident_learning.json").write_text(text + "\n")
