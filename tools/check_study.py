#!/usr/bin/env python3
"""Checks a finished study: tools/check_study.py INKLING STUDY

- For both families, the mean test accuracy of what was found is higher than the baseline's.
- The numbers in report.json equal those that 'inkling eval' computes again from the saved models.
- No training was left waiting.
- report.html is under 5 MiB.
"""
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

FAMILIES = ["mlp", "cnn"]
MOST_BYTES = 5 << 20
MEASURES = ("accuracy", "loss", "macro_precision", "macro_recall", "macro_f1")
TOLERANCE = 1e-6  # sums in another order, with another number of threads


def evaluate(inkling, run):
    with tempfile.TemporaryDirectory() as folder:
        result = pathlib.Path(folder) / "eval.json"
        subprocess.run([inkling, "eval", run, "--json", result, "--out", folder, "--quiet"], check=True)
        return json.loads(result.read_text())


def check_family(inkling, family):
    """Yields what is wrong."""
    baseline, best = family["baseline"]["accuracy"]["mean"], family["best"]["accuracy"]["mean"]
    print(f"{family['name']}: baseline {100 * baseline:.2f}%, best {100 * best:.2f}%")
    if best <= baseline:
        yield f"{family['name']}: the best found, {best:.4f}, is not better than the baseline, {baseline:.4f}"
    for run in family["baseline"]["runs"] + family["best"]["runs"]:
        again = evaluate(inkling, run["run"])
        for measure in MEASURES:
            if abs(run[measure] - again[measure]) > TOLERANCE:
                yield f"{run['run']}: {measure} is {run[measure]} in the report, {again[measure]} when tested again"


def check_store(path):
    with sqlite3.connect(path) as store:
        for status, count in store.execute("SELECT status, COUNT(*) FROM folds GROUP BY status"):
            print(f"{status}: {count} trainings")
            if status in ("pending", "running"):
                yield f"{path}: {count} trainings are {status}"


def main():
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} INKLING STUDY")
    inkling, study = sys.argv[1], pathlib.Path(sys.argv[2])
    report = json.loads((study / "report.json").read_text())
    wrong = list(check_store(study / "study.sqlite"))
    families = report["study"]["families"]
    if sorted(family["name"] for family in families) != sorted(FAMILIES):
        wrong.append(f"families {[family['name'] for family in families]}, expected {FAMILIES}")
    if (size := (study / "report.html").stat().st_size) >= MOST_BYTES:
        wrong.append(f"report.html has {size} bytes, expected less than {MOST_BYTES}")
    for family in families:
        wrong += check_family(inkling, family)
    for line in wrong:
        print(line, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
