"""Runs exported networks in ONNX Runtime: onnx_test.py WRITE_EXPORTS

Holds every kind of layer, every recipe and 100 networks drawn at random to the program's engine, with batch norms kept
and folded, of floats and of bytes, one image and several; and quantized networks to the program's own arithmetic in 8
bits. Exits with 77 where onnx or onnxruntime is not there, or the
program was built without ONNX.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import numpy
    import onnx
    import onnxruntime
except ImportError as error:
    print(f"SKIPPED: {error}; make test installs it into build/python")
    sys.exit(77)

WRITE_EXPORTS = os.path.abspath(sys.argv.pop(1))
TOLERANCE = 1e-4
CLASSES = 47
# Of quantized networks, logits are compared as shares of the largest. Where runtimes add floats in another order than
# we do, a value between two steps may be rounded to the other one, which few networks have.
SAME = 1e-5
NEAR = 0.02


def session(path, **more):
    options = onnxruntime.SessionOptions()
    for name, value in more.items():
        setattr(options, name, value)
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def softmax(logits):
    powers = numpy.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


class OnnxTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="inkling-onnx-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name)
        subprocess.run([WRITE_EXPORTS, cls.folder, "onnx"], check=True)
        expected = json.loads((cls.folder / "expected.json").read_text())
        if not expected["onnx"]:
            print("SKIPPED: built without ONNX; tools/setup.sh --onnx installs what it needs")
            os._exit(77)
        cls.bytes = numpy.array(expected["images"], dtype=numpy.uint8).reshape(-1, 1, 28, 28)
        cls.floats = cls.bytes.astype(numpy.float32) / 255
        cls.networks = [(network["name"], numpy.array(network["logits"])) for network in expected["networks"]]
        cls.quantized = [numpy.array(network["int8"]) for network in expected["networks"]]

    def models(self, suffix):
        self.assertGreater(len(self.networks), 120)
        for number, (name, logits) in enumerate(self.networks):
            with self.subTest(name):
                yield self.folder / f"{number}{suffix}.onnx", logits

    def assert_near(self, found, expected):
        self.assertEqual(found.shape, expected.shape)
        self.worst = max(getattr(self, "worst", 0), float(abs(found - expected).max()))
        self.assertLess(abs(found - expected).max(), TOLERANCE)

    def test_every_network_passes_the_checker(self):
        for suffix in ("", "-folded", "-int8"):
            for path, _ in self.models(suffix):
                onnx.checker.check_model(onnx.load(path), full_check=True)

    def test_every_network_has_the_engines_logits(self):
        for path, logits in self.models(""):
            runs = session(path)
            self.assert_near(runs.run(["logits"], {"image": self.floats})[0], logits)
            self.assert_near(runs.run(None, {"image": self.floats[1:2]})[0], logits[1:2])
        print(f"logits are at most {self.worst:.1e} from the engine's")

    def test_folded_networks_read_bytes_and_tell_probabilities(self):
        for path, logits in self.models("-folded"):
            runs = session(path)
            found, probabilities = runs.run(["logits", "probabilities"], {"image": self.bytes})
            self.assert_near(found, logits)
            self.assert_near(probabilities, softmax(logits))
            self.assertEqual(runs.get_inputs()[0].type, "tensor(uint8)")
        print(f"with batch norms folded, logits are at most {self.worst:.1e} from the engine's")

    def test_batch_norms_are_folded_where_asked_for(self):
        number = [name for name, _ in self.networks].index("cnn")
        count = {}
        for suffix in ("", "-folded"):
            nodes = onnx.load(self.folder / f"{number}{suffix}.onnx").graph.node
            count[suffix] = sum(node.op_type == "BatchNormalization" for node in nodes)
        self.assertGreater(count[""], 0)
        self.assertEqual(count["-folded"], 0)

    def test_quantized_networks_compute_what_we_expect(self):
        level = onnxruntime.GraphOptimizationLevel
        for what, how in ("as they stand", level.ORT_DISABLE_ALL), ("in 8 bits", level.ORT_ENABLE_ALL):
            far = []
            for path, _ in self.models("-int8"):
                expected = self.quantized[int(path.stem.split("-")[0])]
                found, = session(path, graph_optimization_level=how).run(["logits"], {"image": self.floats})
                self.assertEqual(found.shape, expected.shape)
                far.append(abs(found - expected).max() / abs(expected).max())
            self.assertLess(max(far), NEAR)
            self.assertGreater(sum(share < SAME for share in far), 0.9 * len(far))
            print(f"quantized and run {what}, logits are at most {max(far):.1e} of the largest from ours, "
                  f"of {sum(share < SAME for share in far)} in {len(far)} networks less than {SAME:.0e}")

    def test_quantized_networks_stay_near_those_in_floats(self):
        for path, logits in self.models("-int8"):
            quantized = self.quantized[int(path.stem.split("-")[0])]
            self.assertLess(abs(quantized - logits).max() / abs(logits).max(), 0.05)

    def test_the_runtime_multiplies_quantized_networks_in_8_bits(self):
        for name, inside in ("cnn", {"QLinearConv", "QGemm"}), ("baseline-mlp", {"QGemm"}):
            number = [network for network, _ in self.networks].index(name)
            optimized = self.folder / "optimized.onnx"
            session(self.folder / f"{number}-int8.onnx", optimized_model_filepath=str(optimized))
            kinds = {node.op_type for node in onnx.load(optimized).graph.node}
            self.assertLessEqual(inside, kinds)
            self.assertFalse(kinds & {"Conv", "FusedConv", "Gemm", "FusedGemm", "MatMul"})

    def test_quantized_networks_take_a_quarter_of_the_room(self):
        number = [name for name, _ in self.networks].index("baseline-cnn")
        floats, whole = (os.path.getsize(self.folder / f"{number}{suffix}.onnx") for suffix in ("", "-int8"))
        self.assertLess(whole, 0.27 * floats)

    def test_what_it_reads_and_writes_is_named_and_the_metadata_tell_the_classes(self):
        runs = session(self.folder / "0.onnx")
        image, = runs.get_inputs()
        logits, = runs.get_outputs()
        self.assertEqual((image.name, image.type, image.shape), ("image", "tensor(float)", ["N", 1, 28, 28]))
        self.assertEqual((logits.name, logits.type, logits.shape), ("logits", "tensor(float)", ["N", CLASSES]))
        metadata = runs.get_modelmeta().custom_metadata_map
        self.assertEqual(json.loads(metadata["classes"]), [str(label) for label in range(CLASSES)])
        self.assertIn("[network]", metadata["recipe"])
        self.assertEqual(metadata["split"], "toy")

    def test_tensors_have_pytorchs_names(self):
        number = [name for name, _ in self.networks].index("cnn")
        names = {tensor.name for tensor in onnx.load(self.folder / f"{number}.onnx").graph.initializer}
        self.assertLess({"0.weight", "1.running_mean"}, names)


if __name__ == "__main__":
    unittest.main(verbosity=2)
