#!/usr/bin/env python3
"""Measures how good Inkling's synthetic images are, against real ones, and prints a table for docs/synthetic.md.

    python3 bench/synthetic.py --data DIR --split NAME --out DIR

1. A CNN that learned from synthetic images alone, tested on real ones.
2. The same CNN trained on a few real images of each class: from random weights, and from those of 1.
3. A small CNN that tells synthetic from real images, half of each: 50% is chance, and the best for the generator.
4. 'inkling data compare': ink, stroke widths and greys, as a picture.

All runs stay in --out; what is there already is not trained again.
"""
import argparse
import gzip
import json
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CNN = ROOT / "recipes/cnn3.toml"
JUDGE = ROOT / "recipes/baseline-cnn.toml"
MOVED = ["augmentation.rotation=7", "augmentation.scale=0.1", "augmentation.shear=0.1", "augmentation.translation=1"]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, metavar="DIR", help="folder with real images")
    parser.add_argument("--split", default="balanced", metavar="NAME", help="their split, of Balanced's 47 classes")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for all that is made")
    parser.add_argument("--train", type=int, default=60000, metavar="N", help="synthetic images to learn from [60000]")
    parser.add_argument("--epochs", type=int, default=6, metavar="N", help="over them [6]")
    parser.add_argument("--per-class", type=int, default=20, metavar="N", help="real images of each class [20]")
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="of the trainings on these [5]")
    parser.add_argument("--threads", type=int, metavar="N", help="as in 'inkling train'")
    parser.add_argument("--inkling", type=lambda path: Path(path).resolve(), default=ROOT / "build/release/inkling",
                        metavar="PROGRAM")
    return parser.parse_args()


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.out = arguments.out
        self.threads = ["--threads", arguments.threads] if arguments.threads else []
        self.real = ["--data", arguments.data, "--split", arguments.split]

    def inkling(self, *words):
        """Runs the program with its progress in sight, away from standard output; ends this one where it fails."""
        command = [str(word) for word in (self.arguments.inkling, *words)]
        code = subprocess.run(command, stdout=sys.stderr).returncode
        if code != 0:
            sys.exit(f"synthetic: {' '.join(command)} ended with {code}")

    def train(self, name, recipe, source, values, *more):
        run = self.out / name
        if (run / "record.json").exists() and not (run / "metrics.json").exists():
            self.inkling("train", "--resume", run)
        elif not (run / "metrics.json").exists():
            settings = [word for value in values for word in ("--set", value)]
            self.inkling("train", recipe, *source, "--out", run, *settings, *self.threads, *more)
        return run

    def accuracy_on_real(self, run):
        result = self.out / f"{run.name}.json"
        self.inkling("eval", run, *self.real, "--out", self.out / "eval" / run.name, "--json", result, "--quiet")
        return json.loads(result.read_text())["accuracy"]

    def synthetic_alone(self):
        data = self.out / "data"
        if not data.exists():
            self.inkling("data", "synth", "--train", self.arguments.train, "--out", data)
        self.pretrained = self.train("synthetic", CNN, ["--data", data, "--split", "synthetic"],
                                     [f"training.epochs={self.arguments.epochs}", *MOVED])
        return self.accuracy_on_real(self.pretrained)

    def few_real_ones(self, pretrained):
        """Accuracies, one a seed."""
        values = ["training.epochs=20", "training.batch_size=32", "optimizer.learning_rate=1e-3", *MOVED]
        begin = ["--init-from", self.pretrained] if pretrained else []
        accuracies = []
        for seed in range(self.arguments.seeds):
            name = f"few-{'pretrained' if pretrained else 'alone'}-{seed}"
            run = self.train(name, CNN, self.real, values, "--seed", seed, "--per-class", self.arguments.per_class, *begin)
            accuracies.append(json.loads((run / "metrics.json").read_text())["test"]["accuracy"])
        return accuracies

    def told_apart(self):
        folder = self.out / "origin"
        if not folder.exists():
            self.mix(folder)
        run = self.train("judge", JUDGE, ["--data", folder, "--split", "origin"],
                         ["training.epochs=4", "training.validation_fraction=0"])
        return json.loads((run / "metrics.json").read_text())["test"]["accuracy"]

    def mix(self, folder):
        """Writes a split of two classes, s (synthetic) and r (real), as many of one as of the other in turn."""
        folder.mkdir(parents=True)
        for part, most in (("train", 9400), ("test", 4700)):
            real = read_images(Path(self.arguments.data), self.arguments.split, part)
            made = read_images(self.out / "data", "synthetic", part)
            count = min(most, len(real), len(made))
            pairs = zip(evenly(made, count), evenly(real, count))
            images = b"".join(image for pair in pairs for image in pair)
            header = b"".join(number.to_bytes(4, "big") for number in (2051, 2 * count, 28, 28))
            write(folder / f"emnist-origin-{part}-images-idx3-ubyte.gz", header + images)
            labels = bytes([0, 1]) * count
            write(folder / f"emnist-origin-{part}-labels-idx1-ubyte.gz",
                  (2049).to_bytes(4, "big") + (2 * count).to_bytes(4, "big") + labels)
        (folder / "emnist-origin-mapping.txt").write_text(f"0 {ord('s')}\n1 {ord('r')}\n")

    def compare(self):
        self.inkling("data", "compare", *self.real, "--with", "synthetic", "--out", self.out / "measures.png")


def read_images(folder, split, part):
    """The stored images of a part, as bytes."""
    path = folder / f"emnist-{split}-{part}-images-idx3-ubyte"
    contents = path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()
    return [contents[at:at + 784] for at in range(16, len(contents), 784)]


def evenly(images, count):
    return [images[i * len(images) // count] for i in range(count)]


def write(path, contents):
    path.write_bytes(gzip.compress(contents, mtime=0))


def percent(values):
    deviation = f" ± {100 * statistics.stdev(values):.2f}" if len(values) > 1 else ""
    return f"{100 * statistics.mean(values):.2f}%{deviation}"


def main():
    arguments = parse_arguments()
    if not arguments.inkling.exists():
        sys.exit(f"synthetic: {arguments.inkling} does not exist; build it, or name it with --inkling")
    arguments.out.mkdir(parents=True, exist_ok=True)
    bench = Bench(arguments)
    print("| what | test accuracy |\n| --- | ---: |", flush=True)
    print(f"| {arguments.train} synthetic images, {arguments.epochs} epochs; tested on real ones | "
          f"{percent([bench.synthetic_alone()])} |", flush=True)
    few = f"{arguments.per_class} real images of each class, {arguments.seeds} seeds"
    print(f"| {few}, from random weights | {percent(bench.few_real_ones(False))} |", flush=True)
    print(f"| {few}, from the weights of the first line | {percent(bench.few_real_ones(True))} |", flush=True)
    print(f"| telling synthetic from real images | {percent([bench.told_apart()])} |", flush=True)
    bench.compare()


main()
