"""The libraries that Inkling is measured against: which scripts measure them, and in which modes.

The scripts live outside this repository, in one folder, and are all called alike: --model, --task, --precision, --mode,
--batch, --threads, --seconds. Each prints a line of JSON with images_per_second and peak_rss_mib.
"""
from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    label: str
    script: str
    modes: tuple
    networks: tuple = ("mlp", "cnn3", "vgg6")
    precisions: tuple = ("fp32", "bf16")
    compiled: bool = False  # the script is a program, else Python's

    def command(self, folder, python):
        """What runs the script, the peer's own Python or, for a program, nothing, and the script."""
        return [folder / self.script] if self.compiled else [python, folder / self.script]


PEERS = {
    "torch": Peer("PyTorch", "torch_throughput.py", ("eager", "compile")),
    "keras": Peer("Keras", "keras_throughput.py", ("fit", "function", "function_xla")),
    "jax": Peer("JAX", "jax_throughput.py", ("jit",)),
    "sklearn": Peer("scikit-learn", "sklearn_mlp.py", ("partial_fit", "epoch"), ("mlp",), ("fp32",)),
    "dlib": Peer("dlib", "dlib_throughput", ("trainer",), precisions=("fp32",), compiled=True),
}
MODES = tuple(mode for peer in PEERS.values() for mode in peer.modes)


def version(result):
    """Of the library, as a result tells it: "PyTorch 2.13.0"."""
    return result["version"] if "version" in result else f"PyTorch {result['torch']}"
