"""A training by several processes, by a real mpirun: the same bytes as by one, however often any of them is killed.

    python3 train_test.py INKLING_WITH_MPI INKLING MPIEXEC
"""
import array
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import unittest

from mpi_launch import Launcher
from toy_study import write_toy

WITH_MPI, PROGRAM = map(os.path.abspath, sys.argv[1:3])
MPIEXEC = sys.argv[3]
LAUNCHER = Launcher(MPIEXEC)
BEGUN = "epoch 1/"
KILLED = 128 + signal.SIGKILL  # mpirun's status, seldom, where it ends ranks before the one that failed
KILLS = 40 if os.environ.get("INKLING_SOAK") else 3

# All that draws by a sample or sums over samples.
TRAINING = """
[training]
epochs = 3
batch_size = 32
validation_fraction = 0.2
clip_grad_norm = 1.0
calibrate = true
[augmentation]
rotation = 10
mixup = 0.4
[averaging]
kind = "ema"
decay = 0.9
[optimizer]
kind = "adamw"
learning_rate = 0.003
"""
RECIPES = {
    "mlp": """
[network]
family = "mlp"
hidden = [48, 24]
batch_norm = true
dropout = 0.2
""",
    "cnn": """
[network]
family = "cnn"
filters = [8, 20]
batch_norm = true
conv_dropout = 0.1
dense = [16]
dense_batch_norm = true
""",
}

# Its gradients are added up in several pieces. By SGD: Adam moves what has a gradient of rounding alone as far as all
# else.
WIDE = """
[network]
family = "mlp"
hidden = [300, 240, 300]
batch_norm = true
[training]
epochs = 2
batch_size = 32
validation_fraction = 0.2
[optimizer]
kind = "sgd"
learning_rate = 0.05
"""


def weights_of(path):
    """Every tensor's values, by its name."""
    content = path.read_bytes()
    begin = 8 + int.from_bytes(content[:8], "little")
    tensors = {}
    for name, tensor in json.loads(content[8:begin]).items():
        if name != "__metadata__":
            first, last = tensor["data_offsets"]
            tensors[name] = array.array("f", content[begin + first:begin + last])
    return tensors


class Trainings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.kept.name)
        write_toy(cls.folder)
        for name, network in RECIPES.items():
            (cls.folder / f"{name}.toml").write_text(network + TRAINING)
        (cls.folder / "wide.toml").write_text(WIDE)
        cls.alone = {name: cls.train_alone(name) for name in RECIPES}

    @classmethod
    def tearDownClass(cls):
        cls.kept.cleanup()

    @classmethod
    def training(cls, name, out, *more, threads=1):
        return ["train", cls.folder / f"{name}.toml", "--data", cls.folder, "--split", "toy", "--orientation",
                "upright", "--threads", threads, "--out", cls.folder / out, *more]

    @classmethod
    def train_alone(cls, name):
        """By the plain program, with two threads."""
        out = f"{name}-alone"
        command = [PROGRAM, *cls.training(name, out, "--reproducible", threads=2)]
        subprocess.run([*map(str, command)], check=True, capture_output=True)
        return cls.end_of(out)

    @classmethod
    def end_of(cls, out):
        """The network, and what came of it but for times."""
        metrics = json.loads((cls.folder / out / "metrics.json").read_text())
        for time_of in ("seconds", "images_per_second"):
            del metrics[time_of]
        return (cls.folder / out / "model.safetensors").read_bytes(), metrics

    def test_several_processes_come_to_the_same_bytes_as_one(self):
        for name in RECIPES:
            for processes in (2, 4):
                with self.subTest(recipe=name, processes=processes):
                    out = f"{name}-by-{processes}"
                    status, output, errors = LAUNCHER.run(
                        processes, [WITH_MPI, *self.training(name, out, "--reproducible")])
                    self.assertEqual(status, 0, errors)
                    self.assertEqual(errors, "")
                    self.assertIn(f"{processes} processes of 1 threads, reproducible", output)
                    self.assertEqual(output.count("written to"), 1, "rank 0 alone prints")
                    self.assertEqual(self.end_of(out), self.alone[name])
                    record = json.loads((self.folder / out / "record.json").read_text())
                    self.assertEqual((record["processes"], record["reproducible"]), (processes, True))

    def test_without_a_fixed_order_they_come_to_about_the_same(self):
        subprocess.run([PROGRAM, *map(str, self.training("mlp", "mlp-fast"))], check=True, capture_output=True)
        status, _, errors = LAUNCHER.run(2, [WITH_MPI, *self.training("mlp", "mlp-fast-by-2")])
        self.assertEqual(status, 0, errors)
        one, two = (self.end_of(out)[1] for out in ("mlp-fast", "mlp-fast-by-2"))
        self.assertAlmostEqual(one["validation"]["loss"], two["validation"]["loss"], places=3)
        self.assertAlmostEqual(one["train"]["loss"], two["train"]["loss"], places=3)

    def assert_close(self, weights, expected):
        self.assertEqual(weights.keys(), expected.keys())
        for name, values in expected.items():
            largest = max(map(abs, values))
            apart = max(abs(a - b) for a, b in zip(weights[name], values, strict=True))
            self.assertLessEqual(apart, 1e-4 * max(largest, 1), name)

    def test_gradients_in_pieces_come_to_the_weights_of_one_process(self):
        subprocess.run([PROGRAM, *map(str, self.training("wide", "wide-alone"))], check=True, capture_output=True)
        alone = weights_of(self.folder / "wide-alone" / "model.safetensors")
        for processes in (2, 4):
            with self.subTest(processes=processes):
                out = f"wide-by-{processes}"
                status, _, errors = LAUNCHER.run(processes, [WITH_MPI, *self.training("wide", out)])
                self.assertEqual(status, 0, errors)
                self.assert_close(weights_of(self.folder / out / "model.safetensors"), alone)

    def test_batch_norm_may_be_by_process(self):
        def train(out, value):
            status, output, errors = LAUNCHER.run(
                2, [WITH_MPI, *self.training("wide", out, "--set", f"training.sync_batch_norm={value}")])
            self.assertEqual(status, 0, errors)
            self.assertEqual("batch norm by process" in output, value == "false")
            return weights_of(self.folder / out / "model.safetensors")
        by_process, again, synced = train("own", "false"), train("own-again", "false"), train("synced", "true")
        self.assert_close(again, by_process)
        self.assertNotEqual(by_process, synced)
        status, lines = self.errors_of(2, WITH_MPI, *self.training(
            "wide", "refused", "--reproducible", "--set", "training.sync_batch_norm=false"))
        self.assertIn(status, (2, KILLED))
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(lines[0], r"^inkling: rank 0 on \S+: training.sync_batch_norm = false norms by what each")

    def test_any_rank_may_be_killed_and_any_number_goes_on(self):
        draw = random.Random(int(os.environ.get("INKLING_SEED", "5")))
        out = self.folder / "killed"
        begin = [WITH_MPI, *self.training("cnn", "killed", "--reproducible", "--checkpoint-every", "0")]
        go_on = [WITH_MPI, "train", "--resume", out, "--threads", "1", "--checkpoint-every", "0"]

        def start(killed):
            return LAUNCHER.start_joined(draw.choice((2, 4)), go_on if killed else begin, "run: ")

        LAUNCHER.run_through_kills(start, KILLS, 0.5, draw, (out / "metrics.json").exists)
        self.assertEqual(self.end_of("killed"), self.alone["cnn"])

    def test_it_stops_after_saving_when_one_is_told_to_and_one_process_goes_on(self):
        command = [WITH_MPI, *self.training("mlp", "stopped", "--reproducible", "--set", "training.epochs=400")]
        job, ranks = LAUNCHER.start_joined(2, command, BEGUN)
        os.kill(ranks[1], signal.SIGTERM)
        _, errors = job.communicate(timeout=60)
        self.assertEqual(job.returncode, 130, errors)
        lines = [line for line in errors.splitlines() if line.startswith("inkling: ")]
        self.assertEqual(len(lines), 1, errors)
        self.assertIn("stopped and saved; go on with 'inkling train --resume", lines[0])
        going = subprocess.Popen([PROGRAM, "train", "--resume", self.folder / "stopped"], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        for line in going.stdout:
            if line.startswith("epoch "):
                break
        going.send_signal(signal.SIGTERM)
        _, errors = going.communicate(timeout=60)
        self.assertEqual(going.returncode, 130, errors)

    def errors_of(self, processes, *command):
        status, _, errors = LAUNCHER.run(processes, command)
        lines = [line for line in errors.splitlines() if line.startswith("inkling: ")]
        return status, lines

    def test_what_is_wrong_is_said_once(self):
        status, lines = self.errors_of(3, WITH_MPI, *self.training("mlp", "wrong"))
        self.assertIn(status, (2, KILLED))
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(lines[0], r"^inkling: rank 0 on \S+: a batch of 32 images cannot be shared equally by 3")
        self.assertFalse((self.folder / "wrong").exists())
        too_fast = ("optimizer.kind=sgd", "optimizer.learning_rate=100", "regularization.l2=100",
                    "network.batch_norm=false", "training.clip_grad_norm=0")
        status, lines = self.errors_of(2, WITH_MPI, *self.training(
            "mlp", "far", *(word for key in too_fast for word in ("--set", key))))
        self.assertIn(status, (1, KILLED))
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(lines[0], r"^inkling: rank 0 on \S+: .* became .* in epoch 1")

    def test_all_must_have_the_same_data(self):
        other = self.folder / "other"
        other.mkdir()
        write_toy(other, images=240)
        script = f'if [ "${{OMPI_COMM_WORLD_RANK:-$PMI_RANK}}" = 1 ]; then cd {other}; else cd {self.folder}; fi\n' \
                 f'exec {WITH_MPI} train {self.folder}/mlp.toml --data . --split toy --orientation upright ' \
                 f'--threads 1 --out {self.folder}/differing'
        status, lines = self.errors_of(2, "sh", "-c", script)
        self.assertIn(status, (3, KILLED))
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(lines[0], r'^inkling: rank 1 on \S+: here "emnist-toy-train-.*, but for rank 0 "emnist-toy-train-')

    def test_the_plain_program_says_that_it_is_without(self):
        if "libmpi" in subprocess.run(["ldd", PROGRAM], capture_output=True, text=True).stdout:
            self.skipTest("the program is built with MPI")
        status, _, errors = LAUNCHER.run(2, [PROGRAM, *self.training("mlp", "plain")])
        self.assertEqual(status, 1)
        self.assertIn("built without MPI; build it with 'make build MPI=1'", errors)


unittest.main(argv=sys.argv[:1])
