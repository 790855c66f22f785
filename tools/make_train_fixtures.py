#!/usr/bin/env python3
"""Writes tests/fixtures/optimizers.json, muon.json, parameter_groups.json, trust_ratios.json, schedules.json and
metrics.json: what PyTorch's optimizers and schedulers, LAMB's and LARS's formulas and scikit-learn's metrics make of small
inputs.

    tools/make_train_fixtures.py [FOLDER]      needs torch, numpy and scikit-learn; the files hold their versions

Inputs are numbers that float32 holds exactly, optimizers run in double precision. Running it again gives the same files.
"""
import json
import sys
from pathlib import Path

import numpy as np
import sklearn
import torch
from sklearn import metrics
from torch import optim
from torch.optim import lr_scheduler

STEPS = 25
RECORDED_STEPS = (1, 5, 25)
PARAMETERS = 37
WEIGHTS = 24  # get weight decay and penalties, the 13 behind them do not


def float32(values):
    return [float(str(value)) for value in np.asarray(values, dtype=np.float32).ravel()]


# Optimizers. A case's settings carry our names; these say how PyTorch is told.
OPTIMIZERS = {
    "sgd": lambda groups, s: optim.SGD(
        groups, lr=1, **picked(s, "momentum", "dampening", "nesterov")),
    "adam": lambda groups, s: optim.Adam(groups, lr=1, **picked(s, "betas", "eps", "amsgrad")),
    "adamw": lambda groups, s: optim.AdamW(groups, lr=1, **picked(s, "betas", "eps", "amsgrad")),
    "nadam": lambda groups, s: optim.NAdam(groups, lr=1, **picked(s, "betas", "eps", "momentum_decay")),
    "rmsprop": lambda groups, s: optim.RMSprop(groups, lr=1, **picked(s, "alpha", "eps", "momentum", "centered")),
    "adagrad": lambda groups, s: optim.Adagrad(
        groups, lr=1, **picked(s, "lr_decay", "initial_accumulator_value", "eps")),
    "asgd": lambda groups, s: optim.ASGD(groups, lr=1, **picked(s, "lambd", "alpha", "t0")),
    "adadelta": lambda groups, s: optim.Adadelta(groups, lr=1, **picked(s, "rho", "eps")),
    "radam": lambda groups, s: optim.RAdam(groups, lr=1, **picked(s, "betas", "eps")),
}


def picked(settings, *names):
    return {name: settings[name] for name in names if name in settings}


def optimizer_cases():
    yield "sgd", 0.1, {}
    yield "sgd", 0.1, {"weight_decay": 0.1}
    yield "sgd", 0.05, {"momentum": 0.9}
    yield "sgd", 0.05, {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}
    yield "sgd", 0.05, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}
    yield "sgd", 0.1, {"l1": 0.05, "l2": 0.1}
    yield "sgd", 0.1, {"l1": 0.05, "l2": 0.1, "weight_decay": 0.1, "biases_and_norms": True}
    yield "sgd", 0.1, {"max_norm": 1.5, "l2": 0.1}
    yield "adam", 0.01, {}
    yield "adam", 0.01, {"weight_decay": 0.1, "eps": 1e-3}
    yield "adam", 0.01, {"amsgrad": True, "betas": [0.8, 0.95], "eps": 1e-3}
    yield "adam", 0.01, {"l1": 0.05, "l2": 0.1, "max_norm": 1.5}
    yield "adamw", 0.01, {}
    yield "adamw", 0.01, {"weight_decay": 0.5}
    yield "adamw", 0.01, {"weight_decay": 0.5, "amsgrad": True, "l1": 0.05}
    yield "adamw", 0.01, {"weight_decay": 0.5, "biases_and_norms": True}
    yield "nadam", 0.01, {}
    yield "nadam", 0.01, {"weight_decay": 0.1, "momentum_decay": 0.1, "betas": [0.8, 0.999]}
    yield "rmsprop", 0.01, {}
    yield "rmsprop", 0.01, {"weight_decay": 0.1, "alpha": 0.9, "eps": 1e-3}
    yield "rmsprop", 0.01, {"momentum": 0.8}
    yield "rmsprop", 0.01, {"centered": True}
    yield "rmsprop", 0.01, {"centered": True, "momentum": 0.8, "weight_decay": 0.1}
    yield "adagrad", 0.1, {"eps": 1e-10}
    yield "adagrad", 0.1, {"eps": 1e-10, "lr_decay": 0.1, "initial_accumulator_value": 0.5, "weight_decay": 0.1}
    yield "asgd", 0.1, {"alpha": 0.75}
    yield "asgd", 0.1, {"alpha": 0.5, "lambd": 0.1, "t0": 8, "weight_decay": 0.1}
    yield "adadelta", 1.0, {}
    yield "adadelta", 0.5, {"rho": 0.7, "eps": 1e-3, "weight_decay": 0.1, "max_norm": 1.5}
    yield "radam", 0.01, {}
    yield "radam", 0.01, {"betas": [0.8, 0.9], "eps": 1e-3, "weight_decay": 0.1}


def optimizer_case(name, learning_rate, settings, start, gradients):
    weights = torch.tensor(start[:WEIGHTS], requires_grad=True)
    others = torch.tensor(start[WEIGHTS:], requires_grad=True)
    everywhere = settings.get("biases_and_norms", False)
    decay = settings.get("weight_decay", 0)
    optimizer = OPTIMIZERS[name]([{"params": [weights], "weight_decay": decay},
                                  {"params": [others], "weight_decay": decay if everywhere else 0}], settings)
    # The rate changes on the way, as it does under a schedule.
    rates = [learning_rate * (1 + 0.5 * (step % 7)) for step in range(STEPS)]
    after = {}
    for step, gradient in enumerate(gradients):
        optimizer.zero_grad()
        weights.grad = torch.tensor(gradient[:WEIGHTS])
        others.grad = torch.tensor(gradient[WEIGHTS:])
        if "max_norm" in settings:
            torch.nn.utils.clip_grad_norm_([weights, others], settings["max_norm"])
        for tensor in [weights, others] if everywhere else [weights]:
            penalty = settings.get("l1", 0) * tensor.abs().sum() + settings.get("l2", 0) / 2 * tensor.square().sum()
            penalty.backward()
        for group in optimizer.param_groups:
            group["lr"] = rates[step]
        optimizer.step()
        if step + 1 in RECORDED_STEPS:
            after[step + 1] = float32(torch.cat([weights, others]).detach())
    case = {"optimizer": name, **settings, "learning_rates": float32(rates), "after": after}
    if name == "asgd":
        case["average"] = float32(torch.cat([optimizer.state[tensor]["ax"] for tensor in (weights, others)]))
    return case


def optimizers():
    random = np.random.default_rng(1)
    start = float32(random.normal(size=PARAMETERS))
    start[3] = 0.0  # where the sign of a weight is zero
    gradients = random.normal(size=(STEPS, PARAMETERS)) * np.geomspace(1e-3, 1, PARAMETERS)
    gradients[:, 5] = 0  # a parameter that hears nothing
    gradients = [float32(row) for row in gradients]
    return {"torch": torch.__version__, "regularized": WEIGHTS, "parameters": start, "gradients": gradients,
            "cases": [optimizer_case(*case, start, gradients) for case in optimizer_cases()]}


# Parameter groups: the tensors of a convolution, a batch norm and the output layer, by PyTorch's names. A case is our
# section [optimizer], and what it comes to: names of tensors, an optimizer, the learning rate in the schedule's.
TENSORS = {"0.weight": (3, 2, 3, 3), "0.bias": (3,), "1.weight": (3,), "1.bias": (3,), "3.weight": (4, 27), "3.bias": (4,)}


def group_cases():
    sgd = {"momentum": 0.9, "weight_decay": 0.01}
    yield """
kind = "sgd"
momentum = 0.9
weight_decay = 0.01
groups = [
    { tensors = ["norm_bias"], learning_rate_factor = 16 },
    { layers = ["output"], learning_rate_factor = 0.5, weight_decay = 0.1 },
    { tensors = ["bias", "norm_weight"], weight_decay = 0.2 },
]""", [(["1.bias"], "sgd", 16, {**sgd, "weight_decay": 0}),
       (["3.weight", "3.bias"], "sgd", 0.5, {**sgd, "weight_decay": 0.1}),
       (["0.bias", "1.weight"], "sgd", 1, {**sgd, "weight_decay": 0.2}),
       (["0.weight"], "sgd", 1, sgd)]
    yield """
kind = "adamw"
weight_decay = 0.5
groups = [
    { tensors = ["norm_bias", "norm_weight"], learning_rate_factor = 16 },
    { layers = ["0"], weight_decay = 0.25 },
]""", [(["1.weight", "1.bias"], "adamw", 16, {"weight_decay": 0}),
       (["0.weight", "0.bias"], "adamw", 1, {"weight_decay": 0.25}),
       (["3.weight"], "adamw", 1, {"weight_decay": 0.5}),
       (["3.bias"], "adamw", 1, {"weight_decay": 0})]
    yield """
kind = "nadam"
layer_decay = 0.5
groups = [{ tensors = ["norm_bias"], learning_rate_factor = 4 }]""", [
        (["1.bias"], "nadam", 2, {}), (["0.weight", "0.bias", "1.weight"], "nadam", 0.5, {}),
        (["3.weight", "3.bias"], "nadam", 1, {})]
    yield """
kind = "sgd"
momentum = 0.9
weight_decay = 0.01
groups = [
    { layers = ["output"], kind = "adamw", learning_rate_factor = 0.1, weight_decay = 0.5 },
    { tensors = ["norm_weight"], kind = "adagrad", initial_accumulator_value = 0.5 },
]""", [(["3.weight", "3.bias"], "adamw", 0.1, {"weight_decay": 0.5}),
       (["1.weight"], "adagrad", 1, {"initial_accumulator_value": 0.5}),
       (["0.weight"], "sgd", 1, sgd), (["0.bias", "1.bias"], "sgd", 1, {**sgd, "weight_decay": 0})]


def group_case(section, groups, start, gradients):
    tensors = {name: torch.tensor(start[name]).reshape(shape).requires_grad_() for name, shape in TENSORS.items()}
    # One optimizer a group, for the rules differ too.
    optimizers = [(OPTIMIZERS[kind]([{"params": [tensors[name] for name in names],
                                      "weight_decay": settings.get("weight_decay", 0)}], settings), factor)
                  for names, kind, factor, settings in groups]
    rates = [0.02 * (1 + 0.5 * (step % 3)) for step in range(len(gradients))]
    for rate, gradient in zip(rates, gradients):
        for name, tensor in tensors.items():
            tensor.grad = torch.tensor(gradient[name]).reshape(TENSORS[name])
        for optimizer, factor in optimizers:
            optimizer.param_groups[0]["lr"] = rate * factor
            optimizer.step()
    return {"optimizer": section.strip(), "learning_rates": float32(rates),
            "after": {name: float32(tensor.detach()) for name, tensor in tensors.items()}}


def group_values():
    random = np.random.default_rng(4)
    start = {name: float32(random.normal(size=shape)) for name, shape in TENSORS.items()}
    gradients = [{name: float32(random.normal(size=shape)) for name, shape in TENSORS.items()} for _ in range(6)]
    return start, gradients


def parameter_groups():
    start, gradients = group_values()
    return {"torch": torch.__version__, "start": start, "gradients": gradients,
            "cases": [group_case(*case, start, gradients) for case in group_cases()]}


# PyTorch lacks LAMB (arXiv:1904.00962, algorithm 2) and LARS (arXiv:1708.03888, algorithm 1, with PyTorch's momentum, which
# the learning rate multiplies). A rule is told a tensor, its gradient, whether its length counts, the step and the rate.
def lamb_rule(w, g, state, adapts, step, rate, weight_decay=0.0, betas=(0.9, 0.999), eps=1e-6):
    state["m"] = betas[0] * state.get("m", 0) + (1 - betas[0]) * g
    state["v"] = betas[1] * state.get("v", 0) + (1 - betas[1]) * g * g
    mean, square = state["m"] / (1 - betas[0] ** step), state["v"] / (1 - betas[1] ** step)
    change = mean / (np.sqrt(square) + eps) + weight_decay * w
    return w - rate * (np.linalg.norm(w) / np.linalg.norm(change) if adapts else 1) * change


def lars_rule(w, g, state, adapts, step, rate, weight_decay=0.0, momentum=0.9, trust_coefficient=1e-3):
    length = np.linalg.norm(w)
    trust = trust_coefficient * length / (np.linalg.norm(g) + weight_decay * length) if adapts else 1
    state["buffer"] = momentum * state.get("buffer", 0) + trust * (g + weight_decay * w)
    return w - rate * state["buffer"]


def trust_ratio_cases():
    adapted, others = ["0.weight", "3.weight"], ["0.bias", "1.weight", "1.bias", "3.bias"]
    yield """
kind = "lamb"
weight_decay = 0.1""", [(adapted, lamb_rule, 1, {"weight_decay": 0.1}), (others, lamb_rule, 1, {})]
    settings = {"betas": (0.8, 0.95), "eps": 1e-3}
    lars = {"momentum": 0.8, "trust_coefficient": 0.02, "weight_decay": 0.1}
    yield """
kind = "lamb"
betas = [0.8, 0.95]
eps = 1e-3
weight_decay = 0
groups = [
    { layers = ["output"], learning_rate_factor = 4, weight_decay = 0.1, kind = "lars", momentum = 0.8, trust_coefficient = 0.02 },
    { tensors = ["norm_bias"], weight_decay = 0.25 },
]""", [(["3.weight", "3.bias"], lars_rule, 4, lars), (["1.bias"], lamb_rule, 1, {**settings, "weight_decay": 0.25}),
       (["0.weight", "0.bias", "1.weight"], lamb_rule, 1, settings)]
    yield """
kind = "lars"
trust_coefficient = 0.05
weight_decay = 0.01""", [(adapted, lars_rule, 1, {"weight_decay": 0.01, "trust_coefficient": 0.05}),
                         (others, lars_rule, 1, {})]
    yield """
kind = "lars"
momentum = 0
weight_decay = 0
layer_decay = 0.5""", [(["3.weight", "3.bias"], lars_rule, 1, {"momentum": 0}),
                       (["0.weight", "0.bias", "1.weight", "1.bias"], lars_rule, 0.5, {"momentum": 0})]


def trust_ratio_case(section, groups, start, gradients):
    tensors = {name: np.array(values) for name, values in start.items()}
    states = {name: {} for name in tensors}
    rates = [0.02 * (1 + 0.5 * (step % 3)) for step in range(len(gradients))]
    for step, (rate, gradient) in enumerate(zip(rates, gradients), 1):
        for names, rule, factor, settings in groups:
            for name in names:
                tensors[name] = rule(tensors[name], np.array(gradient[name]), states[name], len(TENSORS[name]) > 1, step,
                                     rate * factor, **settings)
    return {"optimizer": section.strip(), "learning_rates": float32(rates),
            "after": {name: float32(tensor) for name, tensor in tensors.items()}}


def trust_ratios():
    start, gradients = group_values()
    return {"start": start, "gradients": gradients,
            "cases": [trust_ratio_case(*case, start, gradients) for case in trust_ratio_cases()]}


# Schedules.
def warmup_steps(settings, per_epoch):
    return int(settings.get("warmup_epochs", 0) * per_epoch + 0.5)


# What comes behind a warm-up counts in steps, even where it changes between epochs: SequentialLR knows one clock.
def scheduler(optimizer, kind, s, epochs, per_epoch):
    steps = epochs * per_epoch - warmup_steps(s, per_epoch)
    if kind == "constant":
        return lr_scheduler.ConstantLR(optimizer, factor=1)
    if kind == "step":
        return lr_scheduler.StepLR(optimizer, s["step_epochs"] * per_epoch, s["gamma"])
    if kind == "multistep":
        return lr_scheduler.MultiStepLR(optimizer, [m * per_epoch for m in s["milestones"]], s["gamma"])
    if kind == "exponential":
        return lr_scheduler.LambdaLR(optimizer, lambda step: s["gamma"] ** (step // per_epoch))
    if kind == "polynomial":
        return lr_scheduler.PolynomialLR(optimizer, steps, s["power"])
    if kind == "one_cycle":
        return lr_scheduler.OneCycleLR(optimizer, s["learning_rate"], steps, pct_start=s["warmup_fraction"],
                                       div_factor=s["initial_divisor"], final_div_factor=s["final_divisor"],
                                       cycle_momentum=False)
    minimum = s.get("min_learning_rate", 0)
    if "restart_epochs" in s:
        return lr_scheduler.CosineAnnealingWarmRestarts(optimizer, s["restart_epochs"] * per_epoch,
                                                        s["restart_factor"], minimum)
    return lr_scheduler.CosineAnnealingLR(optimizer, steps, minimum)


def epoch_scheduler(optimizer, kind, s):
    if kind == "step":
        return lr_scheduler.StepLR(optimizer, s["step_epochs"], s["gamma"])
    if kind == "multistep":
        return lr_scheduler.MultiStepLR(optimizer, s["milestones"], s["gamma"])
    if kind == "exponential":
        return lr_scheduler.ExponentialLR(optimizer, s["gamma"])
    if kind == "reduce_on_plateau":
        return lr_scheduler.ReduceLROnPlateau(
            optimizer, factor=s["factor"], patience=s["patience"], threshold=s["threshold"],
            cooldown=s["cooldown"], min_lr=s.get("min_learning_rate", 0))
    return None


def schedule_cases():
    one_cycle = {"warmup_fraction": 0.3, "initial_divisor": 25, "final_divisor": 1e4}
    plateau = {"factor": 0.5, "patience": 1, "threshold": 0.01, "cooldown": 0}
    losses = [1, 0.8, 0.795, 0.81, 0.7, 0.71, 0.72, 0.73, 0.74, 0.75, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6]
    for warmup in ({}, {"warmup_epochs": 2, "warmup_start_factor": 0.01},
                   {"warmup_epochs": 1.5, "warmup_start_factor": 0.25}):
        yield "constant", 6, 4, warmup
        yield "step", 9, 4, {"step_epochs": 2, "gamma": 0.3, **warmup}
        yield "multistep", 9, 4, {"milestones": [1, 3, 3, 6], "gamma": 0.5, **warmup}
        yield "exponential", 9, 4, {"gamma": 0.9, **warmup}
        yield "polynomial", 7, 4, {"power": 1, **warmup}
        yield "polynomial", 7, 4, {"power": 2.5, **warmup}
        yield "cosine", 7, 4, warmup
        yield "cosine", 7, 4, {"min_learning_rate": 0.002, **warmup}
        yield "cosine", 9, 4, {"restart_epochs": 2, "restart_factor": 1, "min_learning_rate": 0.002, **warmup}
        yield "cosine", 12, 4, {"restart_epochs": 1, "restart_factor": 2, **warmup}
        yield "one_cycle", 8, 5, {**one_cycle, **warmup}
        yield "one_cycle", 7, 3, {"warmup_fraction": 0.45, "initial_divisor": 5, "final_divisor": 100, **warmup}
    yield "one_cycle", 3, 4, {**one_cycle, "warmup_fraction": 0.0}
    yield "one_cycle", 1, 1, one_cycle
    yield "reduce_on_plateau", 18, 2, {**plateau, "losses": losses}
    yield "reduce_on_plateau", 18, 2, {**plateau, "patience": 0, "cooldown": 2, "losses": losses}
    yield "reduce_on_plateau", 18, 2, {**plateau, "patience": 0, "min_learning_rate": 0.005, "losses": losses}


def schedule_case(kind, epochs, per_epoch, settings):
    settings = {"schedule": kind, "epochs": epochs, "steps_per_epoch": per_epoch, "learning_rate": 0.05, **settings}
    optimizer = optim.SGD([torch.zeros(1)], lr=settings["learning_rate"])
    warmup = warmup_steps(settings, per_epoch)
    by_epoch = epoch_scheduler(optimizer, kind, settings) if warmup == 0 else None
    if by_epoch is None:
        by_step = []
        if warmup > 0:
            by_step.append(lr_scheduler.LinearLR(optimizer, settings["warmup_start_factor"], 1, warmup))
        by_step.append(scheduler(optimizer, kind, settings, epochs, per_epoch))
        by_step = lr_scheduler.SequentialLR(optimizer, by_step, [warmup] if warmup else [])
    rates = []
    for epoch in range(epochs):
        for _ in range(per_epoch):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if by_epoch is None:
                by_step.step()
        if kind == "reduce_on_plateau":
            by_epoch.step(settings["losses"][epoch])
        elif by_epoch is not None:
            by_epoch.step()
    return {**settings, "rates": rates}


def schedules():
    return {"torch": torch.__version__, "cases": [schedule_case(*case) for case in schedule_cases()]}


# Metrics: seven classes, of which 4 is never predicted, 5 has no samples and 6 neither.
def metric_values():
    random = np.random.default_rng(2)
    samples, classes = 60, 7
    labels = random.integers(0, 5, samples)
    logits = random.normal(size=(samples, classes))
    logits[np.arange(samples), labels] += 1.5
    logits[:, 4] -= 8
    logits[:, 6] -= 10
    probabilities = torch.softmax(torch.tensor(logits), 1).numpy().astype(np.float32)
    predictions = probabilities.argmax(1)
    everything = list(range(classes))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        labels, predictions, labels=everything, zero_division=0)
    macro = metrics.precision_recall_fscore_support(labels, predictions, average="macro", zero_division=0)
    top2, top3 = (metrics.top_k_accuracy_score(labels, probabilities, k=k, labels=everything) for k in (2, 3))
    return {"sklearn": sklearn.__version__, "classes": classes, "labels": labels.tolist(),
            "probabilities": float32(probabilities),
            "loss": -np.log(probabilities[np.arange(samples), labels].astype(np.float64)).mean(),
            "accuracy": metrics.accuracy_score(labels, predictions), "top2_accuracy": top2, "top3_accuracy": top3,
            "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(), "support": support.tolist(),
            "macro_precision": macro[0], "macro_recall": macro[1], "macro_f1": macro[2],
            "confusion": metrics.confusion_matrix(labels, predictions, labels=everything).ravel().tolist()}


# Muon moves whole matrices: a case has its own, row by row.
MATRICES = [(4, 6), (9, 4)]


def muon_case(settings):
    random = np.random.default_rng(3)
    start = [float32(random.normal(size=shape)) for shape in MATRICES]
    gradients = [[float32(random.normal(size=shape)) for shape in MATRICES] for _ in range(5)]
    matrices = [torch.nn.Parameter(torch.tensor(values).reshape(shape)) for values, shape in zip(start, MATRICES)]
    optimizer = optim.Muon(matrices, lr=0.02, weight_decay=settings["weight_decay"], momentum=settings["momentum"],
                           nesterov=settings["nesterov"], ns_steps=settings["ns_steps"],
                           adjust_lr_fn="match_rms_adamw" if settings["match_rms"] else "original")
    for step in gradients:
        for matrix, gradient, shape in zip(matrices, step, MATRICES):
            matrix.grad = torch.tensor(gradient).reshape(shape)
        optimizer.step()
    return {**settings, "start": start, "gradients": gradients,
            "after": [float32(matrix.detach()) for matrix in matrices]}


def muon():
    # It makes matrices orthonormal in bfloat16; here in double precision, as all else.
    torch.Tensor.bfloat16 = lambda tensor: tensor.clone()
    common = {"momentum": 0.9, "weight_decay": 0.5}
    return {"torch": torch.__version__, "learning_rate": 0.02, "cases": [
        muon_case({**common, "nesterov": True, "match_rms": True, "ns_steps": 5}),
        muon_case({**common, "nesterov": False, "match_rms": False, "ns_steps": 3})]}


def with_a_line_a_case(fixture):
    cases = ",\n".join(json.dumps(case, separators=(",", ":")) for case in fixture["cases"])
    rest = json.dumps({**fixture, "cases": []}, separators=(",", ":"))
    return rest.replace('"cases":[]', f'"cases":[\n{cases}\n]') + "\n"


def main():
    torch.set_default_dtype(torch.float64)  # for the scalars that optimizers keep, too
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "tests" / "fixtures"
    (folder / "optimizers.json").write_text(with_a_line_a_case(optimizers()))
    (folder / "muon.json").write_text(with_a_line_a_case(muon()))
    (folder / "parameter_groups.json").write_text(with_a_line_a_case(parameter_groups()))
    (folder / "trust_ratios.json").write_text(with_a_line_a_case(trust_ratios()))
    (folder / "schedules.json").write_text(with_a_line_a_case(schedules()))
    (folder / "metrics.json").write_text(json.dumps(metric_values(), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
