#!/usr/bin/env python3
"""Measures how much folds that ignore writers flatter, on synthetic handwriting, and prints a table for docs/studies.md.

    python3 bench/writers.py --out DIR

Studies of one configuration of each family, with folds of images and with folds of writers, over several seeds. All
images are in folds either way, so that the networks learn from as many, by as many writers.
"""
import argparse
import json
import math
import statistics
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STUDY = """
folds_by = "{by}"
seed = {seed}
[budgets.quick]
folds = 4
final_seeds = 1
epochs = {{ mlp = 8, cnn = 6 }}
final_epochs = {{ mlp = 1, cnn = 1 }}
[families.mlp]
baseline = "{recipes}/mlp.toml"
[families.cnn]
baseline = "{recipes}/cnn3.toml"
[[techniques]]
name = "none"
options = [{{ name = "as it is" }}]
"""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the studies; finished ones stay")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="seeds 0 to N-1 [1]")
    parser.add_argument("--inkling", type=lambda path: Path(path).resolve(), default=ROOT / "build/release/inkling",
                        metavar="PROGRAM")
    return parser.parse_args()


def fold_scores(arguments, by, seed):
    """The fold accuracies of each family."""
    name = arguments.out / f"{by}-{seed}"
    recipe = name.with_suffix(".toml")
    recipe.write_text(STUDY.format(by=by, seed=seed, recipes=ROOT / "recipes"))
    subprocess.run([arguments.inkling, "study", recipe, "--split", "synthetic", "--out", name, "--budget", "quick", "--quiet"],
                   check=True)
    exported = subprocess.run([arguments.inkling, "study", name, "--export", "json"], check=True, capture_output=True).stdout
    return {row["family"]: row["scores"] for row in json.loads(exported)}


def main():
    arguments = parse_arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    scores = {by: [fold_scores(arguments, by, seed) for seed in range(arguments.seeds)] for by in ("image", "writer")}
    print("| network | folds of images | folds of writers | flattered by, points |")
    print("| --- | ---: | ---: | ---: |")
    for family in scores["image"][0]:
        known, new = ([100 * score for study in scores[by] for score in study[family]] for by in ("image", "writer"))
        error = math.sqrt(statistics.variance(known) / len(known) + statistics.variance(new) / len(new))
        shown = [f"{statistics.mean(some):.2f} ± {statistics.stdev(some):.2f}" for some in (known, new)]
        print(f"| {family} | {shown[0]} | {shown[1]} | {statistics.mean(known) - statistics.mean(new):+.2f} ± {1.96 * error:.2f} |")


if __name__ == "__main__":
    main()
