#!/usr/bin/env python3
"""Writes tests/fixtures/losses.json: PyTorch's losses for mixed labels and for a teacher, with their gradients.

    tools/make_loss_fixtures.py [FOLDER]      needs torch; the file holds the version that wrote it

Everything is computed in double precision from inputs that float32 holds exactly. Running it again gives the same file.
"""
import json
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

CLASSES = 5
SAMPLES = 6


def exact(values):
    """The same numbers as float32 holds them, in double precision."""
    return values.float().double()


def flat(values):
    return [float(f"{value:.9g}") for value in values.flatten().tolist()]


def case(name, label_smoothing, moved, mixed, teacher_weight, temperature, generator):
    def uniform(low, high, *shape):
        return exact(low + (high - low) * torch.rand(*shape, generator=generator, dtype=torch.float64))

    logits = uniform(-3, 3, SAMPLES, CLASSES).requires_grad_()
    labels = torch.randint(CLASSES, (SAMPLES,), generator=generator)
    others = torch.randint(CLASSES, (SAMPLES,), generator=generator) if mixed else labels
    shares = uniform(0, 1, SAMPLES) if mixed else torch.ones(SAMPLES, dtype=torch.float64)
    offsets = uniform(-2, 2, CLASSES) if moved else torch.zeros(CLASSES, dtype=torch.float64)
    weights = uniform(0.1, 2, CLASSES) if moved else torch.ones(CLASSES, dtype=torch.float64)
    one_hot = nn.functional.one_hot
    target = shares[:, None] * one_hot(labels, CLASSES) + (1 - shares[:, None]) * one_hot(others, CLASSES)
    sample_weights = shares * weights[labels] + (1 - shares) * weights[others]
    by_labels = nn.CrossEntropyLoss(weight=weights, label_smoothing=exact(torch.tensor(label_smoothing)).item(),
                                    reduction="sum")(logits + offsets, target)
    result = {"name": name, "label_smoothing": label_smoothing, "classes": CLASSES, "logits": flat(logits),
              "labels": labels.tolist(), "other_labels": others.tolist() if mixed else [],
              "shares": flat(shares) if mixed else [], "offsets": flat(offsets), "weights": flat(weights),
              "teacher_weight": teacher_weight, "temperature": temperature, "teacher": []}
    loss = by_labels
    if teacher_weight > 0:
        teacher = exact(functional.softmax(uniform(-3, 3, SAMPLES, CLASSES) / temperature, 1))
        divergence = nn.KLDivLoss(reduction="none")(functional.log_softmax(logits / temperature, 1), teacher).sum(1)
        taught = exact(torch.tensor(teacher_weight)).item()
        loss = (1 - taught) * by_labels + taught * temperature**2 * (sample_weights * divergence).sum()
        result["teacher"] = flat(teacher)
    (loss / sample_weights.sum()).backward()
    return {**result, "loss_sum": loss.item(), "weight": sample_weights.sum().item(), "gradient": flat(logits.grad)}


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent / "tests" / "fixtures")
    generator = torch.Generator().manual_seed(1)
    cases = [
        case("mixed", 0, False, True, 0, 1, generator),
        case("mixed, smoothed, moved and weighted", 0.1, True, True, 0, 1, generator),
        case("taught", 0, False, False, 0.5, 4, generator),
        case("taught alone", 0, False, False, 1, 1, generator),
        case("taught, smoothed, moved and weighted", 0.1, True, False, 0.25, 2, generator),
        case("all", 0.05, True, True, 0.9, 3, generator),
    ]
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in cases)
    (folder / "losses.json").write_text(f'{{"torch":"{torch.__version__}","cases":[\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
