#!/usr/bin/env python3
"""Trains recipes with several seeds and prints, as a table, what each reads of the test part: the mean over its seeds and
their standard deviation, with the time of a training, parameters and multiply-adds an image.

    python3 bench/accuracy.py recipes/cnn.toml recipes/mlp.toml --data DIR --split NAME --seeds 3
    python3 bench/accuracy.py recipes/cnn-best.toml --data DIR --split NAME --seeds 5 --together --keep runs/accuracy

With --holdout the validation part judges (recipes that hold none out need --set training.validation_fraction=0.1), and
the test part is not read: for while one is still choosing.
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TTA = 5


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", type=Path, nargs="+", metavar="RECIPE")
    parser.add_argument("--data", metavar="DIR", help="as in 'inkling train'")
    parser.add_argument("--split", metavar="NAME", help="as in 'inkling train'")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds 0 to N-1 [3]")
    parser.add_argument("--threads", type=int, metavar="N", help="as in 'inkling train'")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="as in 'inkling train'")
    parser.add_argument("--holdout", action="store_true", help="as in 'inkling train'")
    parser.add_argument("--together", action="store_true",
                        help=f"judge each recipe's networks as one too, and with --tta {TTA}")
    parser.add_argument("--keep", type=Path, metavar="DIR",
                        help="keep the runs there, go on with those begun and take those that are finished")
    parser.add_argument("--inkling", type=lambda path: Path(path).resolve(), default=ROOT / "build/release/inkling",
                        metavar="PROGRAM")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every result to FILE")
    arguments = parser.parse_args()
    for needed in (*arguments.recipes, arguments.inkling):
        if not needed.exists():
            parser.error(f"{needed} does not exist")
    if arguments.holdout and arguments.together:
        parser.error("--together needs the test part: each seed holds out other images")
    if arguments.seeds < 1:
        parser.error("--seeds must be 1 or more")
    return arguments


def run(*command):
    """Runs a command with its progress in sight, away from standard output; ends the program where it fails."""
    code = subprocess.run([str(word) for word in command], stdout=sys.stderr).returncode
    if code != 0:
        sys.exit(f"accuracy: {' '.join(map(str, command))} ended with {code}")


class Bench:
    def __init__(self, arguments, runs):
        self.arguments = arguments
        self.runs = runs
        self.part = "validation" if arguments.holdout else "test"

    def options(self, *names):
        return [word for name in names if getattr(self.arguments, name)
                for word in (f"--{name}", str(getattr(self.arguments, name)))]

    def train(self, recipe, seed):
        """A finished run's folder."""
        folder = self.runs / f"{recipe.stem}-{seed}"
        if (folder / "metrics.json").exists():
            return folder
        if (folder / "checkpoint").exists():
            run(self.arguments.inkling, "train", "--resume", folder, *self.options("data", "threads"))
            return folder
        overrides = [word for value in self.arguments.set for word in ("--set", value)]
        judged = ["--holdout"] if self.arguments.holdout else []
        run(self.arguments.inkling, "train", recipe, "--out", folder, "--seed", seed, *judged, *overrides,
            *self.options("data", "split", "threads"))
        return folder

    def together(self, recipe, folders, tta):
        """The accuracy of networks judged as one."""
        result = self.runs / f"{recipe.stem}-together-{tta}.json"
        run(self.arguments.inkling, "eval", *folders, "--together", "--tta", tta, "--part", self.part, "--json", result,
            "--out", self.runs / f"{recipe.stem}-together-{tta}", "--quiet", *self.options("data", "split", "threads"))
        return json.loads(result.read_text())["accuracy"]

    def measure(self, recipe):
        folders = [self.train(recipe, seed) for seed in range(self.arguments.seeds)]
        runs = [json.loads((folder / "metrics.json").read_text()) for folder in folders]
        accuracies = [each[self.part]["accuracy"] for each in runs]
        row = {"recipe": str(recipe), "part": self.part, "accuracies": accuracies,
               "mean": statistics.mean(accuracies),
               "standard_deviation": statistics.stdev(accuracies) if len(accuracies) > 1 else 0.0,
               "seconds": [each["seconds"] for each in runs],
               "parameters": runs[0]["parameters"], "multiply_adds": runs[0]["multiply_adds"]}
        if self.arguments.together:
            row["together"] = {str(tta): self.together(recipe, folders, tta) for tta in (1, TTA)}
        return row


def duration(seconds):
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def line(row):
    cells = [f"`{Path(row['recipe']).name}`", f"**{row['mean']:.2%}** ± {100 * row['standard_deviation']:.2f}",
             duration(statistics.mean(row["seconds"])), f"{row['parameters']:,}", f"{row['multiply_adds'] / 1e6:.1f} M"]
    cells += [f"{accuracy:.2%}" for accuracy in row.get("together", {}).values()]
    return f"| {' | '.join(cells)} |"


def main():
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench(arguments, arguments.keep or Path(temporary))
        bench.runs.mkdir(parents=True, exist_ok=True)
        heads = ["recipe", f"{bench.part} accuracy", "training", "parameters", "multiply-adds"]
        if arguments.together:
            heads += [f"{arguments.seeds} together", f"with --tta {TTA}"]
        print(f"| {' | '.join(heads)} |\n| --- |{' ---: |' * (len(heads) - 1)}", flush=True)
        rows = []
        for recipe in arguments.recipes:
            rows.append(bench.measure(recipe))
            print(line(rows[-1]), flush=True)
            if arguments.json:
                arguments.json.write_text(json.dumps({"split": arguments.split, "seeds": arguments.seeds, "recipes": rows},
                                                     indent=2) + "\n")


main()
