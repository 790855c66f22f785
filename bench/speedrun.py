#!/usr/bin/env python3
"""Seconds of training to given accuracies, beside PyTorch with the same networks and a plain recipe, in turn.

    python3 bench/speedrun.py --data DIR --split NAME --seeds 3 --python PYTHON_WITH_TORCH

bench/speedrun.toml has for each accuracy a recipe's overrides and PyTorch's epochs. With --holdout the validation part
judges, by which these are to be chosen, else the test part; both by the mean of the classes' recalls.
"""
import argparse
import json
import statistics
import tomllib
from pathlib import Path

import seeds

BENCH = Path(__file__).resolve().parent


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ladder", type=Path, default=BENCH / "speedrun.toml", metavar="FILE.toml")
    parser.add_argument("--rungs", type=float, nargs="+", metavar="PERCENT", help="only these [all]")
    parser.add_argument("--python", type=Path, metavar="PROGRAM",
                        help="a Python with PyTorch and safetensors; without it, nothing is measured beside")
    seeds.add_arguments(parser)
    arguments = parser.parse_args()
    seeds.check_arguments(parser, arguments, [file for file in (arguments.ladder, arguments.python) if file])
    if arguments.python and not arguments.data:
        parser.error("--python needs --data")
    return arguments


def train_with_torch(trainings, run, rung, seed):
    """What PyTorch makes of the network of a finished run, with its plain recipe: recall and seconds, epoch by epoch."""
    result = trainings.folder / f"torch-{rung['accuracy']}-{seed}.json"
    if not result.exists():
        module = run / "network.py"
        seeds.run(trainings.arguments.inkling, "export", run, "--torch", module, "--quiet")
        command = [trainings.arguments.python, "-B", BENCH / "speedrun_torch.py", module, "--epochs", rung["torch_epochs"],
                   "--seed", seed, "--json", result, *trainings.options("data", "split", "threads")]
        seeds.run(*command, *(["--holdout"] if trainings.arguments.holdout else []))
    return json.loads(result.read_text())["epochs"]


def spread(values):
    return f"{statistics.mean(values):.2%} ± {100 * statistics.stdev(values) if len(values) > 1 else 0:.2f}"


def main():
    arguments = parse_arguments()
    ladder = tomllib.loads(arguments.ladder.read_text())
    recipe = arguments.ladder.parent / ladder["recipe"]
    rungs = [rung for rung in ladder["rungs"] if not arguments.rungs or rung["accuracy"] in arguments.rungs]
    results = []
    with seeds.trainings(arguments) as trainings:
        heads = ["at least", "Inkling", "seconds"] + (["PyTorch", "seconds", "ratio"] if arguments.python else [])
        print(f"| {' | '.join(heads)} |\n|{' ---: |' * len(heads)}", flush=True)
        for rung in rungs:
            ours, theirs = [], []
            for seed in range(arguments.seeds):
                run = trainings.train(recipe, seed, rung["set"], f"inkling-{rung['accuracy']}")
                record = seeds.metrics(run)
                ours.append({"recall": record[trainings.part]["macro_recall"], "seconds": record["seconds"]})
                if arguments.python:
                    theirs.append(train_with_torch(trainings, run, rung, seed))
            cells = [f"{rung['accuracy']}%"]
            sides = [ours] + ([[epochs[-1] for epochs in theirs]] if theirs else [])
            for side in sides:
                cells += [spread([each["recall"] for each in side]),
                          f"{statistics.mean(each['seconds'] for each in side):.1f}"]
            if theirs:
                ratio = statistics.mean(theirs_["seconds"] / ours_["seconds"] for ours_, theirs_ in zip(*sides))
                cells.append(f"{ratio:.1f}")
            print(f"| {' | '.join(cells)} |", flush=True)
            results.append({"rung": rung, "inkling": ours, "torch": theirs})
            if arguments.json:
                arguments.json.write_text(json.dumps({"part": trainings.part, "rungs": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
