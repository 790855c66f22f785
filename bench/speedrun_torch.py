"""The other side of speedrun.py: trains an exported network anew in PyTorch, as a notebook would - Adam at its own rate,
the images as they are - and writes recall and seconds of each epoch. Reading images, judging and the first step, in which
PyTorch prepares itself, are not timed.

    python speedrun_torch.py NETWORK.py --data DIR --split NAME --epochs N --seed N --json FILE
"""
import argparse
import gzip
import importlib.util
import json
import statistics
import time
from pathlib import Path

import numpy
import torch
from torch import nn

BATCH = 256
HELD_OUT = 0.1  # of the training part, where that judges

parser = argparse.ArgumentParser()
parser.add_argument("network", type=Path)
parser.add_argument("--data", type=Path, required=True)
parser.add_argument("--split", default="balanced")
parser.add_argument("--epochs", type=int, required=True)
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--threads", type=int)
parser.add_argument("--holdout", action="store_true")
parser.add_argument("--json", type=Path, required=True)
arguments = parser.parse_args()


def load(part):
    """Images, floats 0 to 1 of (N, 1, 28, 28), upright, and labels, from a pair of gzipped IDX files."""
    stem = arguments.data / f"emnist-{arguments.split}-{part}"
    images = numpy.frombuffer(gzip.open(f"{stem}-images-idx3-ubyte.gz").read()[16:], numpy.uint8).reshape(-1, 1, 28, 28)
    labels = numpy.frombuffer(gzip.open(f"{stem}-labels-idx1-ubyte.gz").read()[8:], numpy.uint8)
    return torch.tensor(images.transpose(0, 1, 3, 2) / numpy.float32(255)), torch.tensor(labels.astype(numpy.int64))


def new_network():
    specification = importlib.util.spec_from_file_location("network", arguments.network)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.Network()


def recall(network, images, labels):
    """The mean of the classes' recalls."""
    network.eval()
    with torch.inference_mode():
        read = torch.cat([network(part).argmax(1) for part in images.split(1024)])
    network.train()
    return statistics.mean((read[labels == each] == each).float().mean().item() for each in labels.unique())


torch.manual_seed(arguments.seed)
if arguments.threads:
    torch.set_num_threads(arguments.threads)
images, labels = load("train")
if arguments.holdout:
    order = torch.randperm(len(labels))
    held = int(HELD_OUT * len(labels))
    judged = images[order[:held]], labels[order[:held]]
    images, labels = images[order[held:]], labels[order[held:]]
else:
    judged = load("test")
network = new_network()
optimizer = torch.optim.Adam(network.parameters())


def step(batch):
    optimizer.zero_grad()
    nn.functional.cross_entropy(network(images[batch]), labels[batch]).backward()
    optimizer.step()


step(torch.arange(BATCH))
epochs, seconds = [], 0.0
for _ in range(arguments.epochs):
    begun = time.perf_counter()
    for batch in torch.randperm(len(labels)).split(BATCH):
        step(batch)
    seconds += time.perf_counter() - begun
    epochs.append({"recall": recall(network, *judged), "seconds": seconds})
    print(f"{arguments.network.parent.name}: {len(epochs)} epochs, {seconds:.1f} s, {epochs[-1]['recall']:.2%}", flush=True)
arguments.json.write_text(json.dumps({"torch": torch.__version__, "epochs": epochs}, indent=2) + "\n")
