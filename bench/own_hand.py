#!/usr/bin/env python3
"""Measures what some characters of one's own hand bring to a trained network, and prints a table for docs/page.md.

    python3 bench/own_hand.py --data DIR --split sample

Trains recipe `cnn-minute` on the split; then synthetic writers, who had no part in it, each write every class 20 times.
Some of the first ten of each class are taught to the network (as 'inkling train --init-from' does), the last ten are read.
Wants the Python package.
"""
import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import inkling

PER_WRITER = 20
TAUGHT = (0, 1, 3, 10)
TEACHING = {"training.epochs": 20, "training.batch_size": 47, "optimizer.learning_rate": 5e-4, "training.prior": "as_is",
            "averaging.kind": "none"}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--split", default="balanced", metavar="NAME")
    parser.add_argument("--writers", type=int, default=10, metavar="N", help="[10]")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="of the writers [7]")
    parser.add_argument("--network", type=Path, metavar="RUN", help="takes this one in place of training")
    return parser.parse_args()


def hands(arguments):
    """Each writer's images, (20 x 47, 28, 28), and labels, all of a row of classes before the next."""
    images = 47 * PER_WRITER
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "inkling", "data", "synth", "--train", str(images * arguments.writers), "--test", "0",
                        "--per-writer", str(PER_WRITER), "--seed", str(arguments.seed), "--out", folder, "--quiet"], check=True)
        data = inkling.load(folder)
    for first in range(0, images * arguments.writers, images):
        yield data.images[first:first + images], data.labels[first:first + images], data.class_names


def main():
    arguments = parse_arguments()
    test = inkling.load(arguments.data, arguments.split, "test")
    network = (inkling.load_model(arguments.network) if arguments.network
               else inkling.train("cnn-minute", inkling.load(arguments.data, arguments.split)).model)
    accuracies = {count: ([], []) for count in TAUGHT}
    for images, labels, names in hands(arguments):
        own = inkling.dataset(images[len(images) // 2:], labels[len(images) // 2:], names)
        for count in TAUGHT:
            taught = network
            if count > 0:
                lesson = inkling.dataset(images[:47 * count], labels[:47 * count], names)
                taught = inkling.train("cnn-minute", lesson, TEACHING, init_from=network).model
            for part, data in zip(accuracies[count], (own, test)):
                part.append(100 * taught.evaluate(data)["accuracy"])
    print("| taught, of each class | the writer's hand | split's test part |")
    print("| ---: | ---: | ---: |")
    for count, parts in accuracies.items():
        shown = [f"{statistics.mean(part):.1f} ± {statistics.stdev(part):.1f}" for part in parts]
        print(f"| {count} | {shown[0]} | {shown[1]} |")


if __name__ == "__main__":
    main()
