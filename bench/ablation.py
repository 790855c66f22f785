#!/usr/bin/env python3
"""Trains a recipe, and the same without each of its ideas, with several seeds, and prints what each idea brings: the mean
of the differences between trainings of one seed, with an interval.

    python3 bench/ablation.py bench/ablations/cnn-minute.toml --data DIR --split NAME --seeds 3 --holdout

The file names the recipe, overrides for all trainings, and for each idea the overrides that leave it out. What judges is
the mean of the classes' recalls: of the validation part with --holdout, else of the test part. The intervals are
Student's, each at 95% by itself; their variance is that of the two-way layout of networks and seeds, which takes it as
equal for all networks.
"""
import argparse
import json
import statistics
import tomllib
from dataclasses import dataclass
from pathlib import Path

import seeds


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ablation", type=Path, metavar="FILE.toml")
    seeds.add_arguments(parser)
    arguments = parser.parse_args()
    seeds.check_arguments(parser, arguments, [arguments.ablation])
    if arguments.seeds < 2:
        parser.error("--seeds must be 2 or more, for an interval")
    return arguments


@dataclass(frozen=True)
class Variant:
    name: str  # the idea that is left out
    overrides: tuple


def read(file):
    """The recipe and its variants, the whole first."""
    ablation = tomllib.loads(file.read_text())
    common = tuple(ablation.get("set", ()))
    without = [Variant(name, (*common, *overrides)) for name, overrides in ablation["without"].items()]
    return file.parent / ablation["recipe"], [Variant("nothing", common), *without]


def student_quantile(probability, degrees):
    """Of Student's distribution: Abramowitz and Stegun, 26.7.5; right to 0.3% at 0.975 from four degrees of freedom on."""
    z = statistics.NormalDist().inv_cdf(probability)
    terms = (z, (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96,
             (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384)
    return sum(term / degrees**power for power, term in enumerate(terms))


def half_width(recalls):
    """Of the interval of a difference between two means over seeds; recalls: for each network one a seed."""
    networks, count = len(recalls), len(recalls[0])
    whole = statistics.mean(statistics.mean(each) for each in recalls)
    by_network = [statistics.mean(each) for each in recalls]
    by_seed = [statistics.mean(each) for each in zip(*recalls)]
    residuals = [recalls[i][j] - by_network[i] - by_seed[j] + whole for i in range(networks) for j in range(count)]
    degrees = (networks - 1) * (count - 1)
    variance = sum(each**2 for each in residuals) / degrees
    return student_quantile(0.975, degrees) * (2 * variance / count) ** 0.5


def main():
    arguments = parse_arguments()
    recipe, variants = read(arguments.ablation)
    with seeds.trainings(arguments) as trainings:
        found = [[] for _ in variants]
        for seed in range(arguments.seeds):
            for runs, variant in zip(found, variants):
                name = f"{recipe.stem}-without-{variant.name.replace(' ', '-')}"
                runs.append(seeds.metrics(trainings.train(recipe, seed, variant.overrides, name)))
    recalls = [[each[trainings.part]["macro_recall"] for each in runs] for runs in found]
    half = half_width(recalls)
    print(f"| without | mean recall of the {trainings.part} part | what it brings, points | training |\n| --- |" + " ---: |" * 3)
    rows = []
    for variant, runs, values in zip(variants, found, recalls):
        brings = statistics.mean(recalls[0]) - statistics.mean(values)
        seconds = [each["seconds"] for each in runs]
        rows.append({"without": variant.name, "overrides": variant.overrides, "recalls": values, "seconds": seconds})
        interval = f"{100 * brings:+.2f} [{100 * (brings - half):.2f}, {100 * (brings + half):.2f}]"
        print(f"| {variant.name} | {statistics.mean(values):.2%} ± {100 * statistics.stdev(values):.2f} | "
              f"{'' if variant is variants[0] else interval} | {seeds.duration(statistics.mean(seconds))} |")
    if arguments.json:
        arguments.json.write_text(json.dumps({"recipe": str(recipe), "part": trainings.part, "half_width": half,
                                              "variants": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
