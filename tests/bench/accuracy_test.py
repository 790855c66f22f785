#!/usr/bin/env python3
"""Tests of the benchmarks of accuracy: bench/accuracy.py, ablation.py, speedrun.py and class_sizes.py, on four bars
in noise.

    python3 accuracy_test.py BENCH INKLING    # the repository's folder bench, the program
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
INKLING = sys.argv.pop()
BENCH = Path(sys.argv.pop())
sys.path += [str(BENCH), str(TESTS / "cluster")]

import ablation  # noqa: E402
import speedrun  # noqa: E402
from toy_study import write_toy  # noqa: E402


class Accuracy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.kept.name)
        write_toy(cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.kept.cleanup()

    def bench(self, script, *options, code=0):
        command = [sys.executable, "-B", BENCH / script, "--inkling", INKLING, "--data", self.folder, "--split", "toy", *options]
        end = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        self.assertEqual(end.returncode, code, end.stderr)
        return end.stdout if code == 0 else end.stderr

    @staticmethod
    def rows(text):
        lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
        return lines[2:]

    def test_a_recipes_seeds_are_trained_once_and_judged_together(self):
        keep = self.folder / "accuracy"
        options = (self.folder / "mlp.toml", "--seeds", "2", "--together", "--keep", keep, "--json", self.folder / "a.json")
        first = self.bench("accuracy.py", *options)
        written = [(keep / f"mlp-{seed}" / "model.safetensors").stat().st_mtime_ns for seed in range(2)]
        self.assertEqual(first, self.bench("accuracy.py", *options))
        self.assertEqual(written, [(keep / f"mlp-{seed}" / "model.safetensors").stat().st_mtime_ns for seed in range(2)])
        row, = self.rows(first)
        result = json.loads((self.folder / "a.json").read_text())["recipes"][0]
        test = [json.loads((keep / f"mlp-{seed}" / "metrics.json").read_text())["test"]["accuracy"] for seed in range(2)]
        self.assertEqual(result["accuracies"], test)
        self.assertTrue(row[1].startswith(f"**{sum(test) / 2:.2%}**"), row)
        self.assertEqual(len(row), 7)

    def test_an_ablation_finds_what_brings_much_and_what_brings_nothing(self):
        file = self.folder / "ablation.toml"
        file.write_text('recipe = "mlp.toml"\nset = ["training.epochs=6"]\n[without]\n'
                        '"any learning" = ["optimizer.learning_rate=1e-9"]\n"its name" = ["optimizer.kind=adam"]\n')
        rows = self.rows(self.bench("ablation.py", file, "--holdout", "--json", self.folder / "ablation.json"))
        self.assertEqual([row[0] for row in rows], ["nothing", "any learning", "its name"])
        self.assertEqual(rows[0][2], "")
        self.assertTrue(rows[2][2].startswith("+0.00 ["), rows)
        low = float(rows[1][2].split("[")[1].split(",")[0])
        self.assertGreater(low, 0)
        result = json.loads((self.folder / "ablation.json").read_text())
        self.assertEqual(result["part"], "validation")
        self.assertEqual(result["variants"][0]["recalls"], result["variants"][2]["recalls"])

    def test_the_lists_of_ideas_fit_their_recipes(self):
        lists = BENCH.glob("ablations/*.toml") if os.environ.get("INKLING_SOAK") else [BENCH / "ablations/cnn-minute.toml"]
        for file in lists:
            with self.subTest(file.name):
                rows = self.rows(self.bench("ablation.py", file, "--seeds", "2", "--holdout", "--set", "training.epochs=1",
                                            "--set", "training.batch_size=32"))
                self.assertEqual(len(rows), len(ablation.read(file)[1]))

    def test_an_interval_is_that_of_the_two_way_layout(self):
        for degrees, quantile in ((4, 2.776), (8, 2.306), (16, 2.120), (60, 2.000)):
            self.assertAlmostEqual(ablation.student_quantile(0.975, degrees) / quantile, 1, delta=0.003)
        # What networks and seeds do to all is taken out; what is left has four degrees of freedom, and a variance of 1.
        residuals = [[0, -1, 1], [0, 0, 0], [0, 1, -1]]
        recalls = [[10 * network + 3 * seed + residuals[network][seed] for seed in range(3)] for network in range(3)]
        self.assertAlmostEqual(ablation.half_width(recalls), ablation.student_quantile(0.975, 4) * (2 / 3) ** 0.5)

    def test_a_speedrun_tells_recall_and_seconds_of_each_rung(self):
        file = self.folder / "ladder.toml"
        file.write_text('recipe = "mlp.toml"\ntorch_epochs = 1\n' + "".join(
            f'[[rungs]]\naccuracy = {rung}\nset = ["{override}"]\n'
            for rung, override in ((20, "optimizer.learning_rate=1e-9"), (90, "training.epochs=6"))))
        options = ("--ladder", file, "--seeds", "2", "--json", self.folder / "speedrun.json")
        self.assertEqual([row[0] for row in self.rows(self.bench("speedrun.py", *options))], ["20%", "90%"])
        few, many = json.loads((self.folder / "speedrun.json").read_text())["rungs"]
        self.assertEqual([len(few["inkling"]), len(few["torch"])], [2, 0])
        self.assertGreater(sum(each["recall"] for each in many["inkling"]), sum(each["recall"] for each in few["inkling"]))
        self.assertEqual([row[0] for row in self.rows(self.bench("speedrun.py", *options, "--rungs", "90"))], ["90%"])

    def test_a_speedrun_stops_at_the_first_epoch_that_reaches_the_accuracy(self):
        epochs = [{"recall": recall, "seconds": 10 * (1 + place)} for place, recall in enumerate((0.5, 0.851, 0.849, 0.9))]
        self.assertEqual(speedrun.first_to_reach(85, epochs)["seconds"], 20)
        self.assertEqual(speedrun.first_to_reach(89.9, epochs)["seconds"], 40)
        self.assertIsNone(speedrun.first_to_reach(90.1, epochs))

    def test_recalls_stand_beside_the_images_of_their_classes(self):
        keep = self.folder / "sizes"
        self.bench("accuracy.py", self.folder / "mlp.toml", "--seeds", "1", "--keep", keep)
        command = [sys.executable, "-B", BENCH / "class_sizes.py", keep / "mlp-0", "--data", self.folder, "--inkling", INKLING]
        end = subprocess.run(command, capture_output=True, text=True, check=True)
        rows = self.rows(end.stdout)
        recalls = [each["recall"] for each in json.loads((keep / "mlp-0" / "metrics.json").read_text())["test"]["per_class"]]
        self.assertEqual([row[:2] for row in rows[:4]], [["70 to 70", name] for name in "0123"])
        self.assertEqual([row[2] for row in rows[:4]], [f"{recall:.2%}" for recall in recalls])
        self.assertEqual(rows[4][2], f"{min(recalls):.2%}")

    def test_what_is_not_there_is_said(self):
        self.assertIn("gone.toml does not exist", self.bench("accuracy.py", "gone.toml", code=2))
        self.assertIn("gone.toml does not exist", self.bench("ablation.py", "gone.toml", code=2))
        self.assertIn("gone.toml does not exist", self.bench("speedrun.py", "--ladder", "gone.toml", code=2))
        self.assertIn("--seeds must be 2 or more", self.bench("ablation.py", BENCH / "ablations/cnn-minute.toml", "--seeds",
                                                              "1", code=2))


unittest.main()
