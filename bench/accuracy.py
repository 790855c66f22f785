#!/usr/bin/env python3
"""Trains a recipe with several seeds and prints each test accuracy and time, their mean and standard deviation.

    python3 bench/accuracy.py recipes/cnn.toml --data DIR --split NAME --seeds 3 --json cnn.json
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--data", metavar="DIR", help="as in 'inkling train'")
    parser.add_argument("--split", metavar="NAME", help="as in 'inkling train'")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds 0 to N-1 [3]")
    parser.add_argument("--threads", type=int, metavar="N", help="as in 'inkling train'")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="as in 'inkling train'")
    parser.add_argument("--inkling", type=lambda path: Path(path).resolve(), default=ROOT / "build/release/inkling", metavar="PROGRAM")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every result to FILE")
    arguments = parser.parse_args()
    for needed in (arguments.recipe, arguments.inkling):
        if not needed.exists():
            parser.error(f"{needed} does not exist")
    if arguments.seeds < 1:
        parser.error("--seeds must be 1 or more")
    return arguments


def train(arguments, seed):
    """Trains and tests once; the test accuracy and the seconds that it took."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "eval.json"
        options = [word for name in ("data", "split", "threads") if getattr(arguments, name)
                   for word in (f"--{name}", str(getattr(arguments, name)))]
        overrides = [word for value in arguments.set for word in ("--set", value)]
        start = time.monotonic()
        run([arguments.inkling, "train", arguments.recipe, "--out", f"{folder}/run", "--seed", seed, *options,
             *overrides])
        seconds = time.monotonic() - start
        run([arguments.inkling, "eval", f"{folder}/run", "--json", result, "--quiet", *options])
        return {"seed": seed, "accuracy": json.loads(result.read_text())["accuracy"], "seconds": seconds}


def run(command):
    """Runs a command with its progress in sight, away from standard output; ends the program where it fails."""
    code = subprocess.run([str(word) for word in command], stdout=sys.stderr).returncode
    if code != 0:
        sys.exit(f"accuracy: {' '.join(map(str, command))} ended with {code}")


def main():
    arguments = parse_arguments()
    results = [train(arguments, seed) for seed in range(arguments.seeds)]
    accuracies = [result["accuracy"] for result in results]
    mean = statistics.mean(accuracies)
    deviation = statistics.stdev(accuracies) if len(accuracies) > 1 else 0.0
    print("| seed | test accuracy | seconds |\n| ---: | ---: | ---: |")
    for result in results:
        print(f"| {result['seed']} | {result['accuracy']:.2%} | {result['seconds']:.0f} |")
    print(f"| **mean** | **{mean:.2%}** ± {deviation:.2%} | {statistics.mean(r['seconds'] for r in results):.0f} |")
    if arguments.json:
        arguments.json.write_text(json.dumps({"recipe": str(arguments.recipe), "split": arguments.split, "mean": mean,
                                              "standard_deviation": deviation, "runs": results}, indent=2) + "\n")


main()
