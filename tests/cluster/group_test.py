"""Several processes by a real mpirun: what a group promises, and what becomes of the others where one fails.

    python3 group_test.py GROUP_SCENARIOS INKLING_WITH_MPI INKLING MPIEXEC
"""
import subprocess
import sys
import unittest

from mpi_launch import Launcher, kill, named

SCENARIOS, WITH_MPI, PROGRAM, MPIEXEC = sys.argv[1:5]
LAUNCHER = Launcher(MPIEXEC)


def libraries(program):
    return subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout


class Groups(unittest.TestCase):
    def test_sums_words_and_messages_come_whole(self):
        for scenario in ("sums", "words", "messages", "shares"):
            for processes in (2, 3, 4):
                with self.subTest(scenario=scenario, processes=processes):
                    status, output, errors = LAUNCHER.run(processes, [SCENARIOS, scenario])
                    self.assertEqual(status, 0, errors)
                    self.assertIn(f"{processes} processes did it", output)

    def test_who_leaves_by_itself_meets_those_that_end(self):
        for processes in (2, 3):
            with self.subTest(processes=processes):
                status, output, errors = LAUNCHER.run(processes, [SCENARIOS, "leaves"])
                self.assertEqual(status, 0, errors)
                self.assertIn(f"{processes} processes did it", output)

    def test_a_tree_adds_neighbours_first_and_takes_powers_of_two(self):
        for processes in (2, 4, 8):
            with self.subTest(processes=processes):
                status, output, errors = LAUNCHER.run(processes, [SCENARIOS, "tree"])
                self.assertEqual(status, 0, errors)
                self.assertIn(f"{processes} processes did it", output)
        status, _, errors = LAUNCHER.run(3, [SCENARIOS, "tree"])
        self.assertEqual(status, 1)
        self.assertIn("a sum as a tree over 3 processes, expected 2, 4, 8", errors)

    def test_a_rank_that_throws_ends_the_job_with_its_line_and_status(self):
        status, output, errors = LAUNCHER.run(3, [SCENARIOS, "throws"])
        self.assertEqual(status, 3)
        lines = [line for line in errors.splitlines() if line.startswith("inkling: ")]
        self.assertEqual(len(lines), 1, errors)
        self.assertRegex(lines[0], r"^inkling: rank 2 on \S+: its data are gone$")
        self.assertNotIn("did it", output)

    def test_a_message_that_is_too_large_is_refused(self):
        status, _, errors = LAUNCHER.run(2, [SCENARIOS, "too_large"])
        self.assertEqual(status, 1)
        self.assertIn("a message of 1001 bytes from rank 1, expected 1000 at most", errors)

    def test_a_rank_that_is_killed_ends_the_job(self):
        for rank in (0, 2):
            with self.subTest(rank=rank):
                job, ranks = LAUNCHER.start_joined(3, [SCENARIOS, "waits"], "all wait")
                kill(ranks[rank])
                job.communicate(timeout=60)  # or it hangs
                self.assertNotEqual(job.returncode, 0)
                self.assertEqual(named(ranks.values(), SCENARIOS), [])


class Programs(unittest.TestCase):
    def test_the_plain_program_has_no_trace_of_mpi(self):
        if "libmpi" in libraries(PROGRAM):
            self.skipTest("the program is built with MPI")
        self.assertIn("libmpi", libraries(WITH_MPI))

    def test_the_plain_program_says_that_it_is_without(self):
        if "libmpi" in libraries(PROGRAM):
            self.skipTest("the program is built with MPI")
        status, _, errors = LAUNCHER.run(2, [PROGRAM, "study"])
        self.assertEqual(status, 1)
        self.assertIn("built without MPI; build it with 'make build MPI=1'", errors)


unittest.main(argv=sys.argv[:1])
