"""A study small enough to be done in a second or two, on images of noise and four bars."""
import hashlib
import pathlib
import random
import struct
import subprocess

BASELINE = """
[network]
family = "mlp"
hidden = [12, 12, 12]
[training]
batch_size = 32
validation_fraction = 0.2
[optimizer]
kind = "adam"
learning_rate = 0.003
"""

STUDY = """
name = "toy"
seed = 1
[budgets.quick]
folds = 3
final_seeds = 2
epochs = { mlp = 1 }
final_epochs = { mlp = 3 }
[families.mlp]
baseline = "mlp.toml"
[[techniques]]
name = "activation"
key = "network.activation"
values = ["relu", "elu", "tanh"]
[[techniques]]
name = "optimizer"
options = [
  { name = "adam", set = ["optimizer.kind=adam"], learning_rate_factors = [1, 3] },
  { name = "sgd", set = ["optimizer.kind=sgd", "optimizer.momentum=0.9"], learning_rates = [0.03, 0.1] },
  { name = "far too fast", set = ["optimizer.kind=sgd", "optimizer.learning_rate=100", "regularization.l2=100"] },
]
"""


def write_part(folder, name, count, seed):
    draw = random.Random(seed)
    labels = [i % 4 for i in range(count)]
    images = bytearray()
    for label in labels:
        image = bytearray(draw.randrange(60) for _ in range(28 * 28))
        for i in range(6, 22):
            for j in range(3):
                row, column = [(i, 5 + j), (i, 20 + j), (5 + j, i), (20 + j, i)][label]
                image[28 * row + column] = 200 + draw.randrange(55)
        images += image
    (folder / f"emnist-toy-{name}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 2051, count, 28, 28) + images)
    (folder / f"emnist-toy-{name}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 2049, count) + bytes(labels))


def write_toy(folder, images=280):
    """Data, recipes and study, in the folder."""
    (folder / "emnist-toy-mapping.txt").write_text("0 48\n1 49\n2 50\n3 51\n")
    write_part(folder, "train", images, 1)
    write_part(folder, "test", 60, 2)
    (folder / "mlp.toml").write_text(BASELINE)
    (folder / "toy.toml").write_text(STUDY)


def studying(folder, out, *more):
    """The command's arguments."""
    return ["study", folder / "toy.toml", "--data", folder, "--split", "toy", "--orientation", "upright",
            "--out", folder / out, *more]


def end_of(program, study):
    """All that must not depend on who did the work, nor on how often it was stopped: every score, every network."""
    listed = subprocess.run([program, "study", study, "--export", "json"], capture_output=True, text=True, check=True)
    networks = {str(file.relative_to(study)): hashlib.sha256(file.read_bytes()).hexdigest()
                for file in sorted(pathlib.Path(study).rglob("model.safetensors"))}
    return listed.stdout, networks
