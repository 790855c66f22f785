#!/usr/bin/env python3
"""Makes the same study by several strategies, in the same time each, with several seeds, in turn, and prints what each
strategy's final networks read of the test part beside what the baseline's do: the mean over seeds and their standard
deviation, in percent.

    python3 bench/strategies.py --data DIR --split NAME --time 5m --seeds 5 --keep runs/strategies

Called again with the same --keep, it goes on.
"""
import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", type=Path, default=ROOT / "recipes/study.toml", help="of the study")
    parser.add_argument("--data", metavar="DIR", help="as in 'inkling study'")
    parser.add_argument("--split", metavar="NAME", help="as in 'inkling study'")
    parser.add_argument("--time", default="5m", metavar="TIME", help="of each study [5m]")
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="seeds 0 to N-1 [5]")
    parser.add_argument("--family", metavar="NAME", help="as in 'inkling study'")
    parser.add_argument("--strategies", nargs="+", default=["sequential", "random", "tpe"], metavar="NAME")
    parser.add_argument("--keep", type=Path, metavar="DIR",
                        help="keep the studies there, go on with those begun and take those that are finished")
    parser.add_argument("--inkling", type=lambda path: Path(path).resolve(), default=ROOT / "build/release/inkling",
                        metavar="PROGRAM")
    arguments = parser.parse_args()
    for needed in (arguments.recipe, arguments.inkling):
        if not needed.exists():
            parser.error(f"{needed} does not exist")
    if arguments.seeds < 1:
        parser.error("--seeds must be 1 or more")
    return arguments


def recipe_without_challengers(recipe, folder):
    """Where what was found stands, and not a shipped recipe that did better: with all that it is relative to, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in recipe.parent.glob("*.toml"):
        shutil.copy(file, folder)
    copy = folder / recipe.name
    copy.write_text(re.sub(r"^challenger *=.*\n", "", recipe.read_text(), flags=re.MULTILINE))
    return copy


def study(arguments, recipe, strategy, seed, folder):
    """The families of the finished study in `folder`, as its report has them."""
    if (folder / "study.toml").exists():
        command = [arguments.inkling, "study", folder]
    else:
        command = [arguments.inkling, "study", recipe, "--strategy", strategy, "--seed", seed, "--time", arguments.time,
                   "--out", folder]
        for option in ("data", "split", "family"):
            if getattr(arguments, option):
                command += [f"--{option}", getattr(arguments, option)]
    if not (folder / "report.json").exists():
        print(f"{strategy}, seed {seed}", file=sys.stderr)
        code = subprocess.run([str(word) for word in command], stdout=sys.stderr).returncode
        if code != 0:
            sys.exit(f"strategies: {' '.join(map(str, command))} ended with {code}")
    return json.loads((folder / "report.json").read_text())["study"]["families"]


def spread(values):
    return f"{100 * statistics.mean(values):.2f} ± {100 * statistics.stdev(values) if len(values) > 1 else 0:.2f}"


def main():
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as temporary:
        keep = (arguments.keep or Path(temporary)).resolve()
        recipe = recipe_without_challengers(arguments.recipe, keep / "recipe")
        found = {}  # (family, strategy) -> accuracies, a seed each
        for seed in range(arguments.seeds):
            for strategy in arguments.strategies:
                for family in study(arguments, recipe, strategy, seed, keep / f"{strategy}-{seed}"):
                    for role in ("baseline", "best"):
                        column = strategy if role == "best" else "baseline"
                        found.setdefault((family["name"], column), []).append(family[role]["accuracy"]["mean"])
    print("| family | baseline | " + " | ".join(arguments.strategies) + " |")
    print("| --- |" + " ---: |" * (1 + len(arguments.strategies)))
    for family in dict.fromkeys(family for family, _ in found):
        columns = [spread(found[family, column]) for column in ("baseline", *arguments.strategies)]
        print(f"| {family} | " + " | ".join(columns) + " |")


if __name__ == "__main__":
    main()
