#!/usr/bin/env python3
"""Measures how long Inkling takes to begin: until --help is printed, and until a training's first step is done.

    python3 bench/startup.py --data DIR --split NAME --json startup.json

The training is started anew each time, under a terminal of its own, on which the progress bar appears with the first
step: so its time is all that a user waits, files read, unpacked and checked, network made, checkpoint written.
The time of all processors together says what the machine had to do where it was not free.
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


def processor_seconds(program):
    """Waits for a program to end; what it took of all processors together."""
    _, status, usage = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def time_help(arguments):
    start = time.perf_counter()
    program = subprocess.Popen([arguments.inkling, "--help"], stdout=subprocess.DEVNULL)
    processors = processor_seconds(program)
    return time.perf_counter() - start, processors


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
        processors = processor_seconds(training)
        os.close(ours)
    if not done:
        sys.exit(f"startup: the training ended before its first step: {seen.decode(errors='replace').strip()}")
    return seconds, processors


def main():
    arguments = parse_arguments()
    times = {"help": [], "first_step": []}  # seconds on the clock and of processors, for each run
    for number in range(arguments.runs):
        print(f"run {number + 1} of {arguments.runs}", file=sys.stderr)
        times["help"].append(time_help(arguments))
        times["first_step"].append(time_first_step(arguments))
    print("| until | median ms | fastest | slowest | processor ms |\n| --- | ---: | ---: | ---: | ---: |")
    for name, what in (("help", "`inkling --help` is printed"),
                       ("first_step", f"the first step of `inkling train {arguments.recipe}` is done")):
        clock, processors = ([1e3 * value for value in values] for values in zip(*times[name]))
        print(f"| {what} | {statistics.median(clock):.1f} | {min(clock):.1f} | {max(clock):.1f} | "
              f"{statistics.median(processors):.1f} |")
    if arguments.json:
        arguments.json.write_text(json.dumps({"recipe": arguments.recipe, "clock_and_processor_seconds": times}, indent=2) + "\n")


main()
