#!/usr/bin/env python3
"""Measures Inkling and PyTorch in turn on the same networks, batches and threads; prints a Markdown table.

    python3 bench/compare.py --networks mlp cnn3 --python ~/torch/bin/python --peers ~/peers --json speed.json

Each round runs 'inkling bench', PyTorch eager and PyTorch compile one after another, so that all see the same machine;
the table shows the median of the rounds and their range. The ratio is taken against PyTorch's better mode.
"""
import argparse
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECIPES = {"mlp": "mlp3.toml", "cnn3": "cnn3.toml", "vgg6": "vgg6.toml"}  # each network as both sides know it


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", choices=RECIPES, default=list(RECIPES))
    parser.add_argument("--tasks", nargs="+", choices=("train", "infer"), default=["train", "infer"])
    parser.add_argument("--batches", nargs="+", type=int, default=[256], metavar="N")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), metavar="N", help="[all processors]")
    parser.add_argument("--modes", nargs="+", choices=("eager", "compile"), default=["eager", "compile"],
                        help="PyTorch's modes to measure")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds to take the median of [3]")
    parser.add_argument("--seconds", type=float, default=8, metavar="S", help="length of one measurement [8]")
    parser.add_argument("--inkling", type=lambda path: Path(path).resolve(), default=ROOT / "build/release/inkling", metavar="PROGRAM")
    parser.add_argument("--peers", type=Path, required=True, metavar="DIR",
                        help="folder with torch_throughput.py, which lives outside this repository")
    parser.add_argument("--python", default=sys.executable, metavar="PROGRAM", help="a Python that has PyTorch")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement to FILE")
    arguments = parser.parse_args()
    for needed in (arguments.inkling, arguments.peers / "torch_throughput.py"):
        if not needed.exists():
            parser.error(f"{needed} does not exist; see --inkling and --peers")
    if arguments.rounds < 1:
        parser.error("--rounds must be 1 or more")
    return arguments


def run(command):
    """Standard output of a command; ends the program with the last lines of its errors where it fails."""
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"compare: {' '.join(map(str, command))} ended with {result.returncode}:\n{result.stderr[-1000:]}")
    return result.stdout


def measure_inkling(arguments, network, task, batch):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.json"
        run([arguments.inkling, "bench", "--recipe", ROOT / "recipes" / RECIPES[network], "--task", task, "--batch",
             batch, "--threads", arguments.threads, "--seconds", arguments.seconds, "--json", file, "--quiet"])
        return json.loads(file.read_text())["images_per_second"]


def measure_torch(arguments, mode, network, task, batch):
    output = run([arguments.python, arguments.peers / "torch_throughput.py", "--model", network, "--task", task,
                  "--batch", batch, "--threads", arguments.threads, "--seconds", arguments.seconds, "--mode", mode])
    return json.loads(output.splitlines()[-1])["images_per_second"]


def measure(arguments, network, task, batch):
    """Images a second of every side in every round."""
    rates = {side: [] for side in ["inkling", *arguments.modes]}
    for number in range(arguments.rounds):
        print(f"{network} {task} batch {batch}: round {number + 1} of {arguments.rounds}", file=sys.stderr)
        rates["inkling"].append(measure_inkling(arguments, network, task, batch))
        for mode in arguments.modes:
            rates[mode].append(measure_torch(arguments, mode, network, task, batch))
    medians = {side: statistics.median(values) for side, values in rates.items()}
    ratio = medians["inkling"] / max(medians[mode] for mode in arguments.modes)
    return {"network": network, "task": task, "batch": batch, "images_per_second": rates, "medians": medians,
            "ratio": ratio}


def table(results, modes):
    head = ["network", "task", "batch", "Inkling images/s", *(f"PyTorch {mode}" for mode in modes), "ratio"]
    yield head
    yield ["---", "---", *["---:"] * (len(head) - 2)]
    for result in results:
        def cell(side):
            rates = result["images_per_second"][side]
            return f"{result['medians'][side]:,.0f} ({min(rates):,.0f} - {max(rates):,.0f})"

        yield [result["network"], result["task"], str(result["batch"]), cell("inkling"), *map(cell, modes),
               f"{result['ratio']:.2f}"]


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def main():
    arguments = parse_arguments()
    machine = {"processor": processor(), "threads": arguments.threads, "rounds": arguments.rounds,
               "seconds": arguments.seconds, "inkling": run([arguments.inkling, "--version"]).strip(),
               "torch": run([arguments.python, "-c", "import torch; print(torch.__version__)"]).strip()}
    results = [measure(arguments, *case)
               for case in itertools.product(arguments.networks, arguments.tasks, arguments.batches)]
    print(f"{machine['processor']}, {machine['threads']} threads; {machine['inkling']}, PyTorch {machine['torch']}; "
          f"median (range) of {machine['rounds']} rounds of {machine['seconds']:g} s\n")
    for row in table(results, arguments.modes):
        print("| " + " | ".join(row) + " |")
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine, "results": results}, indent=2) + "\n")


main()
