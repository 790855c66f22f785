"""A study by several processes, by a real mpirun: the same bytes as by one, however often any of them is killed.

    python3 study_test.py INKLING_WITH_MPI INKLING MPIEXEC
"""
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import unittest

from mpi_launch import Launcher, kill
from toy_study import end_of, studying, write_toy

WITH_MPI, PROGRAM, MPIEXEC = sys.argv[1:4]
LAUNCHER = Launcher(MPIEXEC)
BEGUN = "trainings at a time"
KILLS = 60 if os.environ.get("INKLING_SOAK") else 4


class Studies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.kept.name)
        write_toy(cls.folder)
        subprocess.run([PROGRAM, *studying(cls.folder, "alone", "--threads", "2")], check=True, capture_output=True)
        cls.alone = end_of(PROGRAM, cls.folder / "alone")

    @classmethod
    def tearDownClass(cls):
        cls.kept.cleanup()

    def assert_ends_as_alone(self, out):
        self.assertEqual(len(self.alone[1]), len(end_of(PROGRAM, self.folder / out)[1]))
        self.assertEqual(self.alone, end_of(PROGRAM, self.folder / out))

    def test_several_processes_come_to_the_same_bytes_as_one(self):
        for processes in (2, 4):
            with self.subTest(processes=processes):
                out = f"by-{processes}"
                status, output, errors = LAUNCHER.run(processes, [WITH_MPI, *studying(self.folder, out, "--threads", "1")])
                self.assertEqual(status, 0, errors)
                self.assertIn(f"{processes} trainings at a time by {processes} processes", output)
                self.assertEqual(output.count("best on the test part"), 1, "rank 0 alone prints")
                self.assertEqual(errors, "")
                self.assert_ends_as_alone(out)

    def test_any_rank_may_be_killed_at_any_time(self):
        draw = random.Random(int(os.environ.get("INKLING_SEED", "5")))
        command = [WITH_MPI, *studying(self.folder, "killed", "--threads", "1")]
        LAUNCHER.run_through_kills(lambda _: LAUNCHER.start_joined(3, command, BEGUN), KILLS, 1.2, draw)
        self.assert_ends_as_alone("killed")

    def test_it_stops_after_saving_when_it_is_told_to(self):
        command = [WITH_MPI, *studying(self.folder, "stopped", "--threads", "1")]
        job, ranks = LAUNCHER.start_joined(3, command, BEGUN)
        os.kill(ranks[1], signal.SIGTERM)
        _, errors = job.communicate(timeout=60)
        self.assertEqual(job.returncode, 130, errors)
        lines = [line for line in errors.splitlines() if line.startswith("inkling: ")]
        self.assertEqual(len(lines), 1, errors)
        self.assertIn("stopped; all finished trainings are kept, go on with", lines[0])
        status, _, errors = LAUNCHER.run(2, command)
        self.assertEqual(status, 0, errors)
        self.assert_ends_as_alone("stopped")

    def test_a_rank_that_cannot_go_on_says_why_once(self):
        (self.folder / "blocked").mkdir()
        status, _, errors = LAUNCHER.run(3, [WITH_MPI, "study", self.folder / "gone.toml", "--out", self.folder / "blocked"])
        self.assertEqual(status, 2)
        lines = [line for line in errors.splitlines() if line.startswith("inkling: ")]
        self.assertEqual(len(lines), 1, errors)
        self.assertRegex(lines[0], r"^inkling: rank 0 on \S+: .*gone")

    def test_two_jobs_do_not_work_on_one_study(self):
        command = [WITH_MPI, *studying(self.folder, "twice", "--threads", "1")]
        job, ranks = LAUNCHER.start_joined(2, command, BEGUN)
        kill(ranks[0], signal.SIGSTOP)  # or it may have ended before the other has begun
        status, _, errors = LAUNCHER.run(2, command)
        kill(ranks[0], signal.SIGCONT)
        self.assertEqual(status, 1)
        self.assertIn("works in this folder", errors)
        job.communicate(timeout=120)
        self.assertEqual(job.returncode, 0)


unittest.main(argv=sys.argv[:1])
