#!/usr/bin/env python3
"""Seconds of training to given accuracies, beside PyTorch with the same networks and a plain recipe, in turn.

    python3 bench/speedrun.py --data DIR --split NAME --seeds 3 --python PYTHON_WITH_TORCH

bench/speedrun.toml has for each accuracy a recipe's overrides, and how many epochs PyTorch gets. With --holdout the
validation part judges, by which these are to be chosen, else the test part; both by the mean of the classes' recalls.
PyTorch is judged after each epoch, and its seconds are those to the first that reaches the accuracy.
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


def train_with_torch(trainings, run, epochs, seed):
    """What PyTorch makes of the network of a finished run, with its plain recipe: recall and seconds, epoch by epoch."""
    result = trainings.folder / f"torch-{seed}.json"
    if not result.exists():
        module = run / "network.py"
        seeds.run(trainings.arguments.inkling, "export", run, "--torch", module, "--quiet")
        command = [trainings.arguments.python, "-B", BENCH / "speedrun_torch.py", module, "--epochs", epochs,
                   "--seed", seed, "--json", result, *trainings.options("data", "split", "threads")]
        seeds.run(*command, *(["--holdout"] if trainings.arguments.holdout else []))
    return json.loads(result.read_text())["epochs"]


def first_to_reach(accuracy, epochs):
    """The first epoch that reads so many percent, else nothing."""
    return next((epoch for epoch in epochs if 100 * epoch["recall"] >= accuracy), None)


def side(epochs):
    """What stands in the table of one side's epochs, one of each seed."""
    recalls = [epoch["recall"] for epoch in epochs]
    deviation = 100 * statistics.stdev(recalls) if len(recalls) > 1 else 0
    return f"{statistics.mean(recalls):.2%} ± {deviation:.2f}", f"{statistics.mean(epoch['seconds'] for epoch in epochs):.1f}"


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
                    theirs.append(train_with_torch(trainings, run, ladder["torch_epochs"], seed))
            cells = [f"{rung['accuracy']}%", *side(ours)]
            if theirs:
                reached = [first_to_reach(rung["accuracy"], epochs) for epochs in theirs]
                if all(reached):
                    ratio = statistics.mean(slow["seconds"] / fast["seconds"] for slow, fast in zip(reached, ours))
                    cells += [*side(reached), f"{ratio:.1f}"]
                else:
                    best = [max(epochs, key=lambda epoch: epoch["recall"]) for epochs in theirs]
                    longest = statistics.mean(epochs[-1]["seconds"] for epochs in theirs)
                    cells += [f"{side(best)[0]} at best", f"not in {longest:.0f}", ""]
            print(f"| {' | '.join(cells)} |", flush=True)
            results.append({"rung": rung, "inkling": ours, "torch": theirs})
            if arguments.json:
                arguments.json.write_text(json.dumps({"part": trainings.part, "rungs": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
