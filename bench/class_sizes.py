#!/usr/bin/env python3
"""Whether classes with few images are read worse: the mean recall on the test part by quarters of the classes, in the
order of their images in the training part, and of the fifth of the classes that are read worst.

    python3 bench/class_sizes.py runs/a-0 runs/a-1 runs/a-2 --data DIR

The runs are of one split; recalls are means over them.
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--data", required=True, metavar="DIR", help="as in 'inkling data info'")
    parser.add_argument("--inkling", type=lambda path: Path(path).resolve(), default=ROOT / "build/release/inkling",
                        metavar="PROGRAM")
    arguments = parser.parse_args()
    for run in arguments.runs:
        if not (run / "metrics.json").exists():
            parser.error(f"{run} is no finished run")
    return arguments


def images_by_class(arguments, split):
    """{class: images of the training part}"""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "info.json"
        command = [arguments.inkling, "data", "info", "--data", arguments.data, "--split", split, "--json", result, "--quiet"]
        if (code := subprocess.run(command).returncode) != 0:
            sys.exit(f"class_sizes: {' '.join(map(str, command))} ended with {code}")
        info, = json.loads(result.read_text())["splits"]
    return dict(zip(info["classes"], info["parts"]["train"]["class_histogram"]))


def main():
    arguments = parse_arguments()
    metrics = [json.loads((run / "metrics.json").read_text()) for run in arguments.runs]
    images = images_by_class(arguments, metrics[0]["split"])
    recalls = {name: statistics.mean(each["test"]["per_class"][index]["recall"] for each in metrics)
               for index, name in enumerate(images)}
    order = sorted(images, key=images.get)
    print("| images to learn from | classes | mean recall |\n| ---: | --- | ---: |")
    for quarter in range(4):
        names = order[quarter * len(order) // 4:(quarter + 1) * len(order) // 4]
        few, many = images[names[0]], images[names[-1]]
        print(f"| {few:,} to {many:,} | {' '.join(names)} | {statistics.mean(recalls[name] for name in names):.2%} |")
    worst = sorted(recalls, key=recalls.get)[:max(1, len(recalls) // 5)]
    print(f"| {min(images[name] for name in worst):,} to {max(images[name] for name in worst):,} | read worst: {' '.join(worst)} "
          f"| {statistics.mean(recalls[name] for name in worst):.2%} |")
    print(f"| | all others | {statistics.mean(recall for name, recall in recalls.items() if name not in worst):.2%} |")
    if min(images.values()) < max(images.values()):
        print(f"correlation of recall and images: {statistics.correlation(list(recalls.values()), list(images.values())):.2f}")


main()
