"""Runs exported networks in PyTorch: torch_test.py WRITE_EXPORTS PROGRAM RECIPES

Loads every kind of layer, every recipe and 100 networks drawn at random from their safetensors files into the modules
that were written for them, and holds their logits to the program's engine; and lets the program take a state dict in.
Exits with 77 where torch or safetensors is
not there.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import torch
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file
except ImportError as error:
    print(f"SKIPPED: {error}; name a Python that has torch and safetensors: cmake -DINKLING_TEST_PYTHON=PYTHON")
    sys.exit(77)

WRITE_EXPORTS, PROGRAM, RECIPES = [os.path.abspath(sys.argv.pop(1)) for _ in range(3)]
TOLERANCE = 1e-4


def module(path):
    spec = importlib.util.spec_from_file_location("network", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


class TorchTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="inkling-torch-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name)
        subprocess.run([WRITE_EXPORTS, cls.folder, "torch"], check=True)
        cls.expected = json.loads((cls.folder / "expected.json").read_text())
        cls.images = torch.tensor(cls.expected["images"], dtype=torch.float32).reshape(-1, 1, 28, 28) / 255
        torch.set_num_threads(1)

    @torch.no_grad()
    def test_every_network_has_the_engines_logits(self):
        worst = 0
        self.assertGreater(len(self.expected["networks"]), 120)
        for number, network in enumerate(self.expected["networks"]):
            with self.subTest(network["name"]):
                loaded = module(self.folder / f"{number}.py").load(self.folder / f"{number}.safetensors")
                expected = torch.tensor(network["logits"])
                logits = loaded(self.images)
                self.assertEqual(logits.shape, expected.shape)
                distance = (logits - expected).abs().max().item()
                worst = max(worst, distance)
                self.assertLess(distance, TOLERANCE)
        print(f"logits are at most {worst:.1e} from the engine's")

    def test_classes_are_the_files(self):
        with safe_open(self.folder / "0.safetensors", "pt") as file:
            self.assertEqual(module(self.folder / "0.py").CLASSES, json.loads(file.metadata()["class_names"]))

    def test_the_program_takes_a_state_dict_in(self):
        number = [network["name"] for network in self.expected["networks"]].index("cnn")
        written = self.folder / f"{number}.safetensors"
        network = module(self.folder / f"{number}.py").load(written)
        dictionary = {f"module.{name}": tensor for name, tensor in network.state_dict().items()}
        save_file(dictionary, self.folder / "dict.safetensors")
        subprocess.run([PROGRAM, "import", "dict.safetensors", "--recipe", f"{RECIPES}/cnn.toml", "--split", "balanced",
                        "--out", "imported.safetensors", "--quiet"], cwd=self.folder, check=True)
        before, after = load_file(written), load_file(self.folder / "imported.safetensors")
        self.assertEqual(before.keys(), after.keys())
        for name, tensor in before.items():
            self.assertTrue(torch.equal(tensor, after[name]), name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
