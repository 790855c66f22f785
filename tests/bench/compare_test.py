#!/usr/bin/env python3
"""Tests of bench/compare.py and its busy loops, with programs in the place of those that it measures.

    python3 compare_test.py BENCH    # the repository's folder bench
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

BENCH = Path(sys.argv.pop())

# Tells what it was called with, by which session, and how many busy loops run beside it, with which niceness.
FAKE = """
import json, os, subprocess, sys
from pathlib import Path
options = dict(zip(sys.argv[1 + NAMED::2], sys.argv[2 + NAMED::2]))
loops = []
for folder in Path("/proc").glob("[0-9]*"):
    try:
        if b"load.py" in (folder / "cmdline").read_bytes() and os.getppid() == int((folder / "stat").read_text().split()[3]):
            loops.append([os.getpriority(os.PRIO_PROCESS, int(folder.name)), os.getsid(int(folder.name)) == os.getsid(0)])
    except OSError:
        pass
result = {"options": options, "loops": loops, "peak_rss_mib": 100}
"""
INKLING = "#!" + sys.executable + FAKE.replace("NAMED", "1") + """
if sys.argv[1] == "--version":
    sys.exit(print("inkling 9"))
result |= {"images_per_second": 1000, "gflops": 12.5, "peak_share": 0.5}
Path(options["--json"]).write_text(json.dumps(result))
"""
PEER = FAKE.replace("NAMED", "0") + """
speed = SPEED[options["--mode"]] * (2 if options["--precision"] == "bf16" else 1)
print("a line of the library")
print(json.dumps(result | {"images_per_second": speed, **VERSION}))
"""

OLD_ROW = {
    "network": "cnn3", "task": "train", "precision": "fp32", "batch": 256, "threads": 2,
    "machine": {"processor": "an old one", "processors": 2, "inkling": "inkling 1", "torch": "2.0"},
    "time": "2026-01-01T00:00:00+00:00", "rounds": 1, "seconds": 8, "best_torch": "fp32 eager", "ratio": 2.5,
    "memory_ratio": 0.1, "images_per_second": {"inkling": 50, "fp32 eager": 20, "fp32 compile": 10},
    "peak_rss_mib": {"inkling": 3, "fp32 eager": 30, "fp32 compile": 40},
    "measured": {"inkling": [{"images_per_second": 50}], "fp32 eager": [{"images_per_second": 20}],
                 "fp32 compile": [{"images_per_second": 10}]}}


class Compare(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        inkling = self.folder / "inkling"
        inkling.write_text(INKLING)
        inkling.chmod(0o755)
        self.peer("torch_throughput.py", {"eager": 400, "compile": 500}, {"torch": "2.13"})
        self.peer("jax_throughput.py", {"jit": 800}, {"version": "jax 1, flax 2"})
        self.peer("sklearn_mlp.py", {"partial_fit": 50, "epoch": 40}, {"version": "scikit-learn 3"})

    def peer(self, name, speed, version):
        (self.folder / name).write_text(PEER.replace("SPEED", str(speed)).replace("VERSION", str(version)))

    def compare(self, *options, code=0):
        command = [sys.executable, BENCH / "compare.py", "--inkling", self.folder / "inkling", "--peers", self.folder,
                   "--rounds", "1", "--seconds", "0.1", *options]
        end = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        self.assertEqual(end.returncode, code, end.stderr)
        return end.stdout if code == 0 else end.stderr

    def rows(self, *options):
        file = self.folder / "speed.json"
        self.compare("--json", file, *options)
        return json.loads(file.read_text())["rows"]

    @staticmethod
    def table(text):
        """The lines of a table, each by the names of its columns; of those that stand twice, a list."""
        lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
        return [{name: [cell for other, cell in zip(lines[0], line) if other == name] for name in lines[0]}
                for line in lines[2:]]

    def test_takes_the_ratio_against_pytorchs_better_mode(self):
        text = self.compare("--networks", "cnn3", "--tasks", "train", "--threads", "2")
        self.assertIn("inkling 9, PyTorch 2.13; ", text)
        line, = self.table(text)
        self.assertEqual(line["PyTorch images/s"], ["500"])
        self.assertEqual(line["its best"], ["fp32 compile"])
        self.assertEqual(line["ratio"], ["2.00"])
        self.assertEqual(line["of peak"], ["50%"])
        self.assertNotIn("best peer", line)
        self.assertNotIn("load", line)

    def test_shows_each_peer_that_has_the_case_and_takes_the_ratio_against_the_best(self):
        text = self.compare("--networks", "mlp", "cnn3", "--tasks", "infer", "--precisions", "bf16", "fp32", "--peer",
                            "sklearn", "--peer", f"jax={sys.executable}", "--peer", "torch", "--threads", "1")
        self.assertIn("inkling 9, PyTorch 2.13, jax 1, flax 2, scikit-learn 3; ", text)
        lines = self.table(text)
        self.assertEqual([(*line["network"], *line["precision"]) for line in lines],
                         [("mlp", "fp32"), ("mlp", "bf16"), ("cnn3", "fp32"), ("cnn3", "bf16")])
        self.assertEqual(lines[0]["its best"], ["fp32 compile", "fp32 jit", "fp32 partial_fit"])
        self.assertEqual(lines[0]["scikit-learn images/s"], ["50"])
        self.assertEqual(lines[0]["best peer"], ["JAX"])
        self.assertEqual(lines[0]["ratio"], ["1.25"])
        self.assertEqual(lines[1]["its best"], ["bf16 compile", "bf16 jit", "fp32 partial_fit"])
        self.assertEqual(lines[1]["JAX images/s"], ["1,600"])
        self.assertEqual(lines[2]["its best"], ["fp32 compile", "fp32 jit", ""])

    def test_measures_only_the_modes_that_are_named(self):
        row, = self.rows("--networks", "cnn3", "--tasks", "train", "--modes", "eager")
        self.assertEqual(list(row["measured"]), ["inkling", "torch fp32 eager"])
        self.assertIn("--modes leaves none of JAX: jit", self.compare("--peer", "jax", "--modes", "eager", code=2))

    def test_runs_busy_loops_beside_both_sides_in_their_session(self):
        for load, niceness in (("nice", 19), ("equal", 0)):
            row, = self.rows("--networks", "cnn3", "--tasks", "train", "--load", load, "--loops", "2")
            self.assertEqual((row["load"], row["loops"]), (load, 2))
            for side, results in row["measured"].items():
                self.assertEqual(results[0]["loops"], 2 * [[os.getpriority(os.PRIO_PROCESS, 0) + niceness, True]], side)
        row, = self.rows("--networks", "cnn3", "--tasks", "train", "--loops", "2")
        self.assertEqual((row["load"], row["loops"]), ("none", 0))
        self.assertEqual(row["measured"]["inkling"][0]["loops"], [])

    def test_keeps_rows_under_another_load_and_shows_it(self):
        once = ("--networks", "cnn3", "--tasks", "train")
        self.rows(*once)
        self.rows(*once, "--add", "--load", "equal", "--loops", "1")
        rows = self.rows(*once, "--add", "--load", "nice", "--loops", "1")
        self.assertEqual([row["load"] for row in rows], ["none", "equal", "nice"])
        self.assertEqual(len(self.rows(*once, "--add")), 3)
        lines = self.table(self.compare("--table", self.folder / "speed.json"))
        self.assertEqual([line["load"] for line in lines], [["none"], ["1 nice"], ["1 equal"]])

    def test_has_a_set_for_loaded_runs(self):
        rows = self.rows("--set", "loaded", "--modes", "eager")
        self.assertEqual({(row["network"], row["task"]) for row in rows},
                         {(network, task) for network in ("mlp", "cnn3", "vgg6") for task in ("train", "infer")})
        self.assertEqual({(row["precision"], row["batch"], row["threads"]) for row in rows}, {("fp32", 256, 2)})

    def test_prints_what_was_written_before_there_were_loads_and_other_peers(self):
        file = self.folder / "speed.json"
        file.write_text(json.dumps({"rows": [OLD_ROW]}))
        text = self.compare("--table", file)
        self.assertIn("an old one, 2 processors; inkling 1, PyTorch 2.0; ", text)
        line, = self.table(text)
        self.assertEqual(line["PyTorch images/s"] + line["its best"] + line["ratio"], ["20", "fp32 eager", "2.50"])
        rows = self.rows("--networks", "cnn3", "--tasks", "infer", "--threads", "2", "--add")
        self.assertEqual([row["best"] for row in rows], ["torch fp32 eager", "torch fp32 compile"])

    def test_refuses_a_peer_that_nobody_knows(self):
        self.assertIn("'theano' is no peer, expected one of torch, keras", self.compare("--peer", "theano", code=2))
        self.assertIn("dlib_throughput does not exist", self.compare("--peer", "dlib", code=2))


class Load(unittest.TestCase):
    def test_a_loop_ends_with_the_process_that_started_it_however_that_ends(self):
        starter = subprocess.Popen(
            [sys.executable, "-c", "import time; from load import load\n"
             "with load('equal', 1): print('begun', flush=True); time.sleep(60)"],
            env={**os.environ, "PYTHONPATH": str(BENCH)}, stdout=subprocess.PIPE)
        self.addCleanup(starter.stdout.close)
        self.assertEqual(starter.stdout.readline(), b"begun\n")
        loop, = (process for process in os.listdir("/proc") if self.stat(process)[1] == str(starter.pid))
        starter.send_signal(signal.SIGKILL)
        starter.wait()
        while self.stat(loop)[0] not in "Z-":
            time.sleep(0.01)

    @staticmethod
    def stat(process):
        """State and parent of a process; of none where it is not there."""
        try:
            return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[:2]
        except OSError:
            return "--"

    def test_a_loop_ends_after_its_time(self):
        subprocess.run([sys.executable, BENCH / "load.py", "0.05", "0"], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    unittest.main()
