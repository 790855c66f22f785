#!/usr/bin/env python3
"""Busy loops, each a process that keeps one processor busy, to measure beside.

    python3 bench/load.py SECONDS NICENESS

is one such loop, which ends after so many seconds, and before them with the process that started it. A loop stays in
that process's session: Linux may share processors among sessions first (sched_autogroup), and a niceness counts only
within one.
"""
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time

NICENESS = {"nice": 19, "equal": 0}  # of each kind of load
LONGEST = 1200  # seconds that a loop may last; a measurement that takes longer is refused


@contextlib.contextmanager
def load(kind, loops):
    """Runs so many loops, none for the kind "none", while its block runs. Ends the program where one ended before."""
    command = [sys.executable, __file__, str(LONGEST), str(NICENESS.get(kind, 0))]
    processes = []
    try:
        for _ in range(0 if kind == "none" else loops):
            processes.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        for process in processes:
            process.stdout.readline()  # it has begun
        yield
        if any(process.poll() is not None for process in processes):
            sys.exit(f"load: a loop ended before the measurement; take a measurement shorter than {LONGEST} s")
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def end_with_parent():
    """Ends this process with the one that started it, however that ends."""
    parent_death_signal = 1  # PR_SET_PDEATHSIG, see prctl(2)
    parent = os.getppid()
    ctypes.CDLL(None).prctl(parent_death_signal, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("load: the process that started it has ended")


def main():
    seconds, niceness = float(sys.argv[1]), int(sys.argv[2])
    end_with_parent()
    os.nice(niceness)
    end = time.monotonic() + seconds
    print("begun", flush=True)
    while time.monotonic() < end:
        for _ in range(10000):
            pass


if __name__ == "__main__":
    main()
