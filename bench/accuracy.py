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
from pathlib import Path

import seeds

TTA = 5


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", type=Path, nargs="+", metavar="RECIPE")
    parser.add_argument("--together", action="store_true",
                        help=f"judge each recipe's networks as one too, and with --tta {TTA}")
    seeds.add_arguments(parser)
    arguments = parser.parse_args()
    seeds.check_arguments(parser, arguments, arguments.recipes)
    if arguments.holdout and arguments.together:
        parser.error("--together needs the test part: each seed holds out other images")
    return arguments


def together(trainings, recipe, folders, tta):
    """The accuracy of networks judged as one."""
    result = trainings.folder / f"{recipe.stem}-together-{tta}.json"
    seeds.run(trainings.arguments.inkling, "eval", *folders, "--together", "--tta", tta, "--part", trainings.part,
              "--json", result, "--out", trainings.folder / f"{recipe.stem}-together-{tta}", "--quiet",
              *trainings.options("data", "split", "threads"))
    return json.loads(result.read_text())["accuracy"]


def measure(trainings, recipe):
    folders = [trainings.train(recipe, seed) for seed in range(trainings.arguments.seeds)]
    runs = [seeds.metrics(folder) for folder in folders]
    accuracies = [each[trainings.part]["accuracy"] for each in runs]
    row = {"recipe": str(recipe), "part": trainings.part, "accuracies": accuracies,
           "mean": statistics.mean(accuracies),
           "standard_deviation": statistics.stdev(accuracies) if len(accuracies) > 1 else 0.0,
           "seconds": [each["seconds"] for each in runs],
           "parameters": runs[0]["parameters"], "multiply_adds": runs[0]["multiply_adds"]}
    if trainings.arguments.together:
        row["together"] = {str(tta): together(trainings, recipe, folders, tta) for tta in (1, TTA)}
    return row


def line(row):
    cells = [f"`{Path(row['recipe']).name}`", f"**{row['mean']:.2%}** ± {100 * row['standard_deviation']:.2f}",
             seeds.duration(statistics.mean(row["seconds"])), f"{row['parameters']:,}", f"{row['multiply_adds'] / 1e6:.1f} M"]
    cells += [f"{accuracy:.2%}" for accuracy in row.get("together", {}).values()]
    return f"| {' | '.join(cells)} |"


def main():
    arguments = parse_arguments()
    with seeds.trainings(arguments) as trainings:
        heads = ["recipe", f"{trainings.part} accuracy", "training", "parameters", "multiply-adds"]
        if arguments.together:
            heads += [f"{arguments.seeds} together", f"with --tta {TTA}"]
        print(f"| {' | '.join(heads)} |\n| --- |{' ---: |' * (len(heads) - 1)}", flush=True)
        rows = []
        for recipe in arguments.recipes:
            rows.append(measure(trainings, recipe))
            print(line(rows[-1]), flush=True)
            if arguments.json:
                arguments.json.write_text(json.dumps({"split": arguments.split, "seeds": arguments.seeds, "recipes": rows},
                                                     indent=2) + "\n")


main()
