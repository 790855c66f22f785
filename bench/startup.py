#!/usr/bin/env python3
"""Measures how long Inkling takes to begin: until --help is printed, and until a training's first step is done.

    python3 bench/startup.py --data DIR --split NAME --json startup.json

The training is started anew each time, under a terminal of its own, on which the progress bar appears with the first
step: so its time is all that a user waits, files read, unpacked and checked, network made, checkpoint written.
"""
import argparse
import json
import os
import pty
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BAR = b"epoch 1/"  # the bar's title


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="cnn3", help="as in 'inkling train' [cnn3]")
    parser.add_argument("--data", metavar="DIR", help="as in 'inkling train'")
    parser.add_argument("--split", metavar="NAME", help="as in 'inkling train'")
    parser.add_argument("--threads", type=int, metavar="N", help="as in 'inkling train'")
    parser.add_argument("--runs", type=int, default=7, metavar="N", help="runs to take the median of [7]")
    parser.add_argument("--inkling", type=lambda path: Path(path).resolve(), default=ROOT / "build/release/inkling", metavar="PROGRAM")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every time to FILE")
    arguments = parser.parse_args()
    if not arguments.inkling.exists():
        parser.error(f"{arguments.inkling} does not exist; see --inkling")
    if arguments.runs < 1:
        parser.error("--runs must be 1 or more")
    return arguments


def time_help(arguments):
    start = time.perf_counter()
    subprocess.run([arguments.inkling, "--help"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def read_until(terminal, mark):
    """Whether the mark came before the end."""
    seen = b""
    while mark not in seen:
        try:
            block = os.read(terminal, 4096)
        except OSError:  # how a terminal says that its program has ended
            return seen, False
        if not block:
            return seen, False
        seen += block
    return seen, True


def time_first_step(arguments):
    """Starts a training and stops it as soon as its first step is done."""
    options = [word for name in ("data", "split", "threads") if getattr(arguments, name)
               for word in (f"--{name}", str(getattr(arguments, name)))]
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = pty.openpty()
        start = time.perf_counter()
        training = subprocess.Popen([arguments.inkling, "train", arguments.recipe, "--out", f"{folder}/run", *options],
                                    stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        seen, done = read_until(ours, BAR)
        seconds = time.perf_counter() - start
        training.send_signal(signal.SIGKILL)
        training.wait()
        os.close(ours)
    if not done:
        sys.exit(f"startup: the training ended before its first step: {seen.decode(errors='replace').strip()}")
    return seconds


def main():
    arguments = parse_arguments()
    seconds = {"help": [], "first_step": []}
    for number in range(arguments.runs):
        print(f"run {number + 1} of {arguments.runs}", file=sys.stderr)
        seconds["help"].append(time_help(arguments))
        seconds["first_step"].append(time_first_step(arguments))
    print("| until | median ms | fastest | slowest |\n| --- | ---: | ---: | ---: |")
    for name, what in (("help", "`inkling --help` is printed"),
                       ("first_step", f"the first step of `inkling train {arguments.recipe}` is done")):
        times = [1e3 * value for value in seconds[name]]
        print(f"| {what} | {statistics.median(times):.1f} | {min(times):.1f} | {max(times):.1f} |")
    if arguments.json:
        arguments.json.write_text(json.dumps({"recipe": arguments.recipe, "seconds": seconds}, indent=2) + "\n")


main()
