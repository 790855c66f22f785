"""A study on four hosts, by a real mpirun over TCP: the bytes of one process, though ranks are killed and a host's
network is cut for a while.

    python3 hosts_test.py INKLING_WITH_MPI INKLING MPIEXEC
"""
import contextlib
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

from hosts import Hosts
from mpi_launch import Launcher, named, rank_of
from toy_study import end_of, studying, write_toy

WITH_MPI, PROGRAM, MPIEXEC = sys.argv[1:4]
LAUNCHER = Launcher(MPIEXEC)
BEGUN = "trainings at a time"
CUT = 5  # seconds


def command_of(process):
    return pathlib.Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()


class StudiesOfHosts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        kept = tempfile.TemporaryDirectory()
        cls.addClassCleanup(kept.cleanup)
        cls.folder = pathlib.Path(kept.name)
        write_toy(cls.folder, images=2000)  # so that it lasts for some seconds
        subprocess.run([PROGRAM, *studying(cls.folder, "alone", "--threads", "2")], check=True, capture_output=True)
        cls.alone = end_of(PROGRAM, cls.folder / "alone")

    def start(self, out):
        """The job once it trains, and its processes by rank."""
        program = [WITH_MPI, *studying(self.folder, out, "--threads", "1")]
        job = subprocess.Popen(HOSTS.command(program), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
        for line in job.stdout:
            if BEGUN in line:
                break
        # The daemons of the other hosts are nobody's children.
        everyone = [int(folder.name) for folder in pathlib.Path("/proc").iterdir() if folder.name.isdigit()]
        ours = [process for process in named(everyone, WITH_MPI) if str(self.folder / out) in command_of(process)]
        return job, {rank_of(process): process for process in ours}

    def wait_for_finished(self, out, count):
        study = sqlite3.connect(f"file:{self.folder / out / 'study.sqlite'}?mode=ro", uri=True)
        with contextlib.closing(study):
            while study.execute("SELECT COUNT(*) FROM folds WHERE status = 'finished'").fetchone()[0] < count:
                time.sleep(0.02)

    def test_hosts_come_to_the_bytes_of_one_process(self):
        job, ranks = self.start("by-4")
        self.assertEqual(len(ranks), 4)
        _, errors = job.communicate(timeout=120)
        self.assertEqual(job.returncode, 0, errors)
        self.assertEqual(self.alone, end_of(PROGRAM, self.folder / "by-4"))

    def test_a_network_that_is_cut_for_a_while_loses_nothing(self):
        job, _ = self.start("cut")
        self.wait_for_finished("cut", 4)  # by then those that speak to each other have connected
        HOSTS.cut(3)
        time.sleep(CUT)
        self.assertIsNone(job.poll(), "it waits for the host")
        HOSTS.mend(3)
        _, errors = job.communicate(timeout=120)
        self.assertEqual(job.returncode, 0, errors)
        self.assertEqual(self.alone, end_of(PROGRAM, self.folder / "cut"))

    def test_hosts_that_do_not_see_the_folder_send_their_networks(self):
        out = OWN / "unseen"
        job, _ = self.start(out)
        output, errors = job.communicate(timeout=120)
        self.assertEqual(job.returncode, 0, errors)
        self.assertRegex(output, r"unseen is not seen on \S+-2, \S+-3, \S+-4; finished networks come from there")
        self.assertEqual(self.alone, end_of(PROGRAM, out))
        LAUNCHER.run_through_kills(lambda _: self.start(OWN / "killed"), 3, 0.5, random.Random(4))
        self.assertEqual(self.alone, end_of(PROGRAM, OWN / "killed"))

    def test_ranks_of_any_host_may_be_killed(self):
        LAUNCHER.run_through_kills(lambda _: self.start("killed"), 3, 0.2, random.Random(3))
        self.assertEqual(self.alone, end_of(PROGRAM, self.folder / "killed"))


def reach_each_other():
    job = subprocess.Popen(HOSTS.command(["hostname"]), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True, start_new_session=True)
    try:
        names, _ = job.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        os.killpg(job.pid, signal.SIGKILL)
        return False
    return len(set(names.split())) == len(HOSTS.numbers)


def skip(why):
    print(f"{why}: studies of several hosts are SKIPPED", file=sys.stderr)
    sys.exit(77)


if not LAUNCHER.is_open_mpi:
    skip("NO OPEN MPI, whose mpirun has options for this")
try:
    with tempfile.TemporaryDirectory() as kept, Hosts(4, kept, own=pathlib.Path(kept) / "own") as HOSTS:
        OWN = HOSTS.own  # a folder that the other hosts do not see
        OWN.mkdir()
        if not reach_each_other():
            skip("OPEN MPI DOES NOT REACH FROM ONE NAMESPACE TO ANOTHER")
        unittest.main(argv=sys.argv[:1])
except PermissionError as error:
    skip(f"NO NETWORK NAMESPACES ({error})")
