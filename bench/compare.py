#!/usr/bin/env python3
"""Measures Inkling and other libraries in turn on the same networks and prints a Markdown table of speed and memory.

    python3 bench/compare.py --python ~/torch/bin/python --peers ~/peers --networks cnn3 --tasks train --json speed.json
    python3 bench/compare.py --peer torch=~/torch/bin/python --peer jax=~/jax/bin/python --peers ~/peers
    python3 bench/compare.py --python ~/torch/bin/python --peers ~/peers --set loaded --load equal --loops 1
    python3 bench/compare.py --python ~/torch/bin/python --peers ~/peers --set targets --json speed.json --add
    python3 bench/compare.py --table speed.json

Cases are all combinations of the lists, or those of a set or a file. Each round of a case runs 'inkling bench' and then
every mode of every peer, one after another, so that all see the same machine; the table shows the median of the rounds
and their range. The ratio is taken against the fastest side of the best peer: of its modes, and for bf16 of its
precisions too. The memory of both is the most that either ever held in the case; its ratio is Inkling's over that of
that side. With --load, busy loops run beside each measurement (load.py).
"""
import argparse
import datetime
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from load import NICENESS, load
from peers import MODES, PEERS, version

ROOT = Path(__file__).resolve().parent.parent
RECIPES = {"mlp": "mlp3.toml", "cnn3": "cnn3.toml", "vgg6": "vgg6.toml"}  # each network as both sides know it
PROCESSORS = len(os.sched_getaffinity(0))
TASKS = ("train", "infer")
PRECISIONS = ("fp32", "bf16")
CASE = ("network", "task", "precision", "batch", "threads")
LOAD = ("load", "loops")
SETS = {
    # What has to be fast: whole training, one picture, many pictures.
    "targets": [(network, *case) for case in (("train", "fp32", 256, 2), ("train", "bf16", 256, 2),
                                              ("infer", "fp32", 1, 2), ("infer", "fp32", 1000, 2),
                                              ("train", "fp32", 256, 1)) for network in RECIPES],
    # But for what PyTorch refuses: training dense batch norms on single images.
    "all": [case for case in itertools.product(RECIPES, TASKS, PRECISIONS, (1, 64, 256, 1024), (1, 2))
            if case[0] == "cnn3" or case[1] != "train" or case[3] != 1],
    # What matters where other work takes part of the processors; see --load.
    "loaded": [(network, task, "fp32", 256, 2) for network, task in itertools.product(RECIPES, TASKS)],
}


def count(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def named_peer(text):
    """A peer and the Python that has it, None where it is --python's."""
    name, _, python = text.partition("=")
    if name not in PEERS:
        raise argparse.ArgumentTypeError(f"'{name}' is no peer, expected one of {', '.join(PEERS)}")
    return name, os.path.expanduser(python) or None


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", choices=RECIPES, default=list(RECIPES))
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=["fp32"])
    parser.add_argument("--batches", nargs="+", type=count, default=[256], metavar="N")
    parser.add_argument("--threads", nargs="+", type=count, default=[PROCESSORS], metavar="N", help="[all processors]")
    parser.add_argument("--set", choices=SETS, help="a named set of cases, in place of the lists above")
    parser.add_argument("--cases", type=Path, metavar="FILE", help="cases a line, 'cnn3 train fp32 256 2', in their place")
    parser.add_argument("--load", choices=("none", *NICENESS), default="none",
                        help="busy loops beside each measurement, at the least priority or at an equal one [none]")
    parser.add_argument("--loops", type=count, default=PROCESSORS, metavar="N", help="so many [as many as processors]")
    parser.add_argument("--rounds", type=count, default=3, metavar="N", help="rounds to take the median of [3]")
    parser.add_argument("--seconds", type=float, default=8, metavar="S", help="length of one measurement [8]")
    parser.add_argument("--inkling", type=lambda path: Path(path).resolve(), default=ROOT / "build/release/inkling", metavar="PROGRAM")
    parser.add_argument("--peers", type=Path, metavar="DIR",
                        help="folder with the scripts that measure peers, which lives outside this repository")
    parser.add_argument("--peer", action="append", type=named_peer, metavar="NAME[=PYTHON]",
                        help=f"a peer to measure, and the Python that has it; repeatable; {', '.join(PEERS)} [torch]")
    parser.add_argument("--python", default=sys.executable, metavar="PROGRAM", help="the Python of peers that name none")
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES), help="the peers' modes to measure")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement to FILE, after each case")
    parser.add_argument("--add", action="store_true",
                        help="keep the cases that FILE has, but for those measured now under the same load")
    parser.add_argument("--table", type=Path, metavar="FILE", help="only print the table of what --json wrote")
    arguments = parser.parse_args()
    if arguments.table:
        return arguments
    arguments.loops = 0 if arguments.load == "none" else arguments.loops
    arguments.peer = dict(arguments.peer or [("torch", None)])
    if arguments.peers is None:
        parser.error("--peers is needed to measure peers")
    for needed in (arguments.inkling, *(arguments.peers / PEERS[name].script for name in arguments.peer)):
        if not needed.exists():
            parser.error(f"{needed} does not exist; see --inkling and --peers")
    for name in arguments.peer:
        if not set(PEERS[name].modes) & set(arguments.modes):
            parser.error(f"--modes leaves none of {PEERS[name].label}: {', '.join(PEERS[name].modes)}")
    if arguments.add and not arguments.json:
        parser.error("--add needs --json FILE")
    if arguments.set and arguments.cases:
        parser.error("--set and --cases exclude each other")
    return arguments


def read_cases(path):
    """The cases of a file, each checked."""
    if not path.is_file():
        sys.exit(f"compare: {path} does not exist")
    cases = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        known = len(words) == 5 and words[0] in RECIPES and words[1] in TASKS and words[2] in PRECISIONS
        if not known or not all(word.isdigit() and int(word) > 0 for word in words[3:]):
            sys.exit(f"compare: {path}:{number}: '{line}' is no case, expected: {'|'.join(RECIPES)} {'|'.join(TASKS)} "
                     f"{'|'.join(PRECISIONS)} BATCH THREADS")
        cases.append((*words[:3], int(words[3]), int(words[4])))
    return cases


def chosen_cases(arguments):
    if arguments.set:
        return SETS[arguments.set]
    if arguments.cases:
        return read_cases(arguments.cases)
    return list(itertools.product(arguments.networks, arguments.tasks, arguments.precisions, arguments.batches,
                                  arguments.threads))


def run(command):
    """Standard output of a command; ends the program with the last lines of its errors where it fails."""
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"compare: {' '.join(map(str, command))} ended with {result.returncode}:\n{result.stderr[-1000:]}")
    return result.stdout


def measure_inkling(arguments, network, task, precision, batch, threads):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.json"
        run([arguments.inkling, "bench", "--recipe", ROOT / "recipes" / RECIPES[network], "--task", task,
             "--precision", precision, "--batch", batch, "--threads", threads, "--seconds", arguments.seconds, "--json", file, "--quiet"])
        return json.loads(file.read_text())


def measure_peer(arguments, side, network, task, batch, threads):
    name, precision, mode = side.split()
    output = run([*PEERS[name].command(arguments.peers, arguments.peer[name] or arguments.python), "--model", network,
                  "--task", task, "--precision", precision, "--mode", mode, "--batch", batch, "--threads", threads,
                  "--seconds", arguments.seconds])
    return json.loads(output.splitlines()[-1])


def sides_of(arguments, case):
    """What is measured in a case: "inkling" and, of each peer that has it, "torch fp32 eager"."""
    network, _, precision = case[:3]
    precisions = PRECISIONS if precision == "bf16" else [precision]
    sides = ["inkling"]
    for name in arguments.peer:
        peer = PEERS[name]
        if network in peer.networks:
            sides += [f"{name} {one} {mode}" for one in precisions if one in peer.precisions
                      for mode in peer.modes if mode in arguments.modes]
    return sides


def measure(arguments, case, machine):
    """A row: all measurements of a case, and what comes of them; None where no peer has it."""
    network, task, precision, batch, threads = case
    measured = {side: [] for side in sides_of(arguments, case)}
    if len(measured) == 1:
        print(f"{network} {task} {precision}: none of the peers has it, left out", file=sys.stderr, flush=True)
        return None
    for number in range(arguments.rounds):
        for side, results in measured.items():
            print(f"{network} {task} {precision}, batch {batch}, {threads} threads: round {number + 1} of "
                  f"{arguments.rounds}, {side}", file=sys.stderr, flush=True)
            with load(arguments.load, arguments.loops):
                results.append(measure_inkling(arguments, *case) if side == "inkling"
                               else measure_peer(arguments, side, network, task, batch, threads))
    speed = {side: statistics.median(rates(results)) for side, results in measured.items()}
    memory = {side: max(result["peak_rss_mib"] for result in results) for side, results in measured.items()}
    best = best_side(speed)
    versions = {side.split()[0]: version(results[0]) for side, results in measured.items() if side != "inkling"}
    return {**dict(zip(CASE, case)), "load": arguments.load, "loops": arguments.loops, "machine": machine,
            "time": datetime.datetime.now().astimezone().isoformat(timespec="seconds"), "rounds": arguments.rounds,
            "seconds": arguments.seconds, "versions": versions, "best": best, "ratio": speed["inkling"] / speed[best],
            "memory_ratio": memory["inkling"] / memory[best], "images_per_second": speed, "peak_rss_mib": memory,
            "measured": measured}


def best_side(speed, peer=""):
    """The fastest side of a peer, or of all; None where the peer was not measured."""
    return max((side for side in speed if side != "inkling" and side.startswith(peer)), key=speed.get, default=None)


def rates(results):
    return [result["images_per_second"] for result in results]


def median_of(row, key):
    """A figure of 'inkling bench', or none where its version does not report it."""
    values = [result[key] for result in row["measured"]["inkling"] if result.get(key) is not None]
    return statistics.median(values) if values else None


def case_of(row):
    return tuple(row[key] for key in (*CASE, *LOAD))


def peers_of(rows):
    """Those that any row has, in their order."""
    return [name for name in PEERS if any(best_side(row["images_per_second"], name + " ") for row in rows)]


def table(rows):
    """The rows as Markdown, in a fixed order however they were measured; the load only where there is one."""
    peers = peers_of(rows)
    loaded = any(row["load"] != "none" for row in rows)
    texts = ["network", "task", "precision", "its best", "load", "best peer"]
    theirs = PEERS[peers[0]].label if len(peers) == 1 else "best peer"
    head = [*CASE, *(["load"] if loaded else []), "Inkling images/s"]
    for name in peers:
        head += [f"{PEERS[name].label} images/s", "its best"]
    head += [*(["best peer"] if len(peers) > 1 else []), "ratio", "Inkling MiB", f"{theirs} MiB", "memory ratio",
             "Inkling GFLOP/s", "of peak"]
    yield head
    yield ["---" if name in texts else "---:" for name in head]
    order = [list(RECIPES), list(TASKS), list(PRECISIONS), None, None, ["none", *NICENESS]]
    for row in sorted(rows, key=lambda row: [names.index(row[key]) if names else row[key]
                                             for key, names in itertools.zip_longest((*CASE, *LOAD), order)]):
        yield table_line(row, peers, loaded)


def table_line(row, peers, loaded):
    speed, best = row["images_per_second"], row["best"]
    gflops, share = median_of(row, "gflops"), median_of(row, "peak_share")

    def spread(side):
        values = rates(row["measured"][side])
        median = f"{speed[side]:,.0f}"
        return median if len(values) == 1 else f"{median} ({min(values):,.0f} - {max(values):,.0f})"

    line = [*(str(row[key]) for key in CASE)]
    if loaded:
        line.append("none" if row["load"] == "none" else f"{row['loops']} {row['load']}")
    line.append(spread("inkling"))
    for name in peers:
        side = best_side(speed, name + " ")
        line += [spread(side), side.split(" ", 1)[1]] if side else ["", ""]
    if len(peers) > 1:
        line.append(PEERS[best.split()[0]].label)
    return [*line, f"{row['ratio']:.2f}", f"{row['peak_rss_mib']['inkling']:,}", f"{row['peak_rss_mib'][best]:,}",
            f"{row['memory_ratio']:.2f}", f"{gflops:,.1f}" if gflops else "", f"{100 * share:.0f}%" if share else ""]


def print_table(rows):
    """The table, headed by where, when and how its rows were measured."""
    for machine in {json.dumps(row["machine"]): row["machine"] for row in rows}.values():
        own = [row for row in rows if row["machine"] == machine]
        times = sorted(row["time"][:16] for row in own)
        lengths = sorted({(row["rounds"], row["seconds"]) for row in own})
        versions = dict.fromkeys(row["versions"][name] for name in PEERS for row in own if name in row["versions"])
        print(f"{machine['processor']}, {machine['processors']} processors; {machine['inkling']}, "
              f"{', '.join(versions)}; {' to '.join(sorted({times[0], times[-1]}))}; median (range) of "
              + ", ".join(f"{rounds} round{'s' * (rounds > 1)} of {seconds:g} s" for rounds, seconds in lengths))
    print()
    for row in table(rows):
        print("| " + " | ".join(row) + " |")


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def write_json(path, rows):
    aside = path.with_name(path.name + ".new")
    aside.write_text(json.dumps({"rows": rows}, indent=2) + "\n")
    aside.replace(path)


def of_today(row):
    """A row as it is written now. Once there was no load, and no peer but PyTorch, whose sides were "fp32 eager"."""
    row = {**dict(zip(LOAD, ("none", 0))), **row}
    if "best_torch" in row:
        row["best"] = f"torch {row.pop('best_torch')}"
        row["machine"] = dict(row["machine"])
        row["versions"] = {"torch": f"PyTorch {row['machine'].pop('torch')}"}
        for key in ("images_per_second", "peak_rss_mib", "measured"):
            row[key] = {side if side == "inkling" else f"torch {side}": value for side, value in row[key].items()}
    return row


def read_rows(path):
    try:
        return [of_today(row) for row in json.loads(path.read_text())["rows"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.exit(f"compare: {path} is not what --json writes ({error})")


def main():
    arguments = parse_arguments()
    if arguments.table:
        return print_table(read_rows(arguments.table))
    rows = read_rows(arguments.json) if arguments.add and arguments.json.exists() else []
    machine = {"processor": processor(), "processors": PROCESSORS,
               "inkling": run([arguments.inkling, "--version"]).strip()}
    for case in chosen_cases(arguments):
        row = measure(arguments, case, machine)
        if row is None:
            continue
        rows = [other for other in rows if case_of(other) != case_of(row)] + [row]
        if arguments.json:
            write_json(arguments.json, rows)
    if rows:
        print_table(rows)


main()
