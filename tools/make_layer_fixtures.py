#!/usr/bin/env python3
"""Writes tests/fixtures/layers.json, cnn_training.json and dirac.json: what PyTorch makes of small networks.

    tools/make_layer_fixtures.py [FOLDER]      needs torch and numpy; the files hold the version that wrote them

Everything is computed in double precision from inputs and parameters that float32 holds exactly, so that the numbers,
rounded to float32 once, carry no rounding of PyTorch's own. Running it again gives the same files.
"""
import copy
import json
import sys
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

CLASSES = 3


# Layers as plain dictionaries, for the file, and as PyTorch modules.


def dense(units, bias=True):
    return {"type": "dense", "units": units, "bias": bias}


def conv2d(filters, kernel, stride=1, padding=0, bias=True):
    return {"type": "conv2d", "filters": filters, "kernel": kernel, "stride": stride, "padding": padding, "bias": bias}


def depthwise_conv2d(kernel, stride=1, padding=0, bias=True):
    return {"type": "depthwise_conv2d", "kernel": kernel, "stride": stride, "padding": padding, "bias": bias}


def squeeze_excitation(channels):
    return {"type": "squeeze_excitation", "squeeze_channels": channels}


def batch_norm(momentum=0.1, eps=1e-5):
    return {"type": "batch_norm", "momentum": momentum, "eps": eps}


def activation(name, **parameters):
    return {"type": name, **parameters}


def dropout(p):
    return {"type": "dropout", "p": p}


def max_pool2d(kernel, stride):
    return {"type": "max_pool2d", "kernel": kernel, "stride": stride}


def avg_pool2d(kernel, stride):
    return {"type": "avg_pool2d", "kernel": kernel, "stride": stride}


def residual(*body):
    return {"type": "residual", "body": list(body)}


GLOBAL_AVG_POOL = {"type": "global_avg_pool"}
FLATTEN = {"type": "flatten"}
RELU = activation("relu")
ACTIVATIONS = [
    RELU, activation("leaky_relu", alpha=0.01), activation("leaky_relu", alpha=0.25), activation("elu", alpha=1.0),
    activation("elu", alpha=0.5), activation("selu"), activation("gelu"), activation("silu"), activation("mish"),
    activation("tanh"), activation("sigmoid"), activation("hard_swish"), activation("softplus"),
]
ACTIVATION_MODULES = {
    "relu": nn.ReLU, "leaky_relu": lambda alpha: nn.LeakyReLU(alpha), "elu": nn.ELU, "selu": nn.SELU, "gelu": nn.GELU,
    "silu": nn.SiLU, "mish": nn.Mish, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "hard_swish": nn.Hardswish,
    "softplus": nn.Softplus,
}


class Residual(nn.Module):
    def __init__(self, layers, shape):
        super().__init__()
        self.body, output = sequential(layers, shape)
        self.shortcut = nn.Identity()
        if output != shape:
            stride = -(-shape[1] // output[1])
            self.shortcut = nn.Sequential(nn.Conv2d(shape[0], output[0], 1, stride, bias=False),
                                          nn.BatchNorm2d(output[0]))

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class SqueezeExcitation(nn.Module):
    """As torchvision.ops.SqueezeExcitation, of a vector too."""

    def __init__(self, channels, squeeze_channels):
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeeze_channels, 1)
        self.fc2 = nn.Conv2d(squeeze_channels, channels, 1)

    def forward(self, x):
        images = x.reshape(*x.shape, *(1,) * (4 - x.dim()))
        gates = torch.sigmoid(self.fc2(torch.relu(self.fc1(self.avgpool(images)))))
        return x * gates.reshape(*x.shape[:2], *(1,) * (x.dim() - 2))


def module(layer, shape):
    kind = layer["type"]
    if kind == "dense":
        return nn.Linear(shape[0], layer["units"], layer["bias"])
    if kind == "conv2d":
        return nn.Conv2d(shape[0], layer["filters"], layer["kernel"], layer["stride"], layer["padding"],
                         bias=layer["bias"])
    if kind == "depthwise_conv2d":
        return nn.Conv2d(shape[0], shape[0], layer["kernel"], layer["stride"], layer["padding"], groups=shape[0],
                         bias=layer["bias"])
    if kind == "squeeze_excitation":
        return SqueezeExcitation(shape[0], layer["squeeze_channels"])
    if kind == "batch_norm":
        norm = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
        return norm(shape[0], eps=layer["eps"], momentum=layer["momentum"])
    if kind == "dropout":
        return nn.Dropout(layer["p"])
    if kind == "max_pool2d":
        return nn.MaxPool2d(layer["kernel"], layer["stride"])
    if kind == "avg_pool2d":
        return nn.AvgPool2d(layer["kernel"], layer["stride"])
    if kind == "global_avg_pool":
        return nn.AdaptiveAvgPool2d(1)
    if kind == "flatten":
        return nn.Flatten()
    if kind == "residual":
        return Residual(layer["body"], shape)
    return ACTIVATION_MODULES[kind](**{key: value for key, value in layer.items() if key != "type"})


def sequential(layers, shape):
    """The layers as a module, and the shape of one sample that they make of `shape`."""
    modules = []
    for layer in layers:
        modules.append(module(layer, shape))
        probe = modules[-1].eval()(torch.zeros(1, *shape))
        shape = tuple(probe.shape[1:])
    return nn.Sequential(*modules), shape


def network(layers, shape):
    body, output = sequential(layers, shape)
    return nn.Sequential(*body, nn.Linear(output[0], CLASSES)).double()


# Numbers


def grid(values, steps):
    """Rounded to multiples of 1/steps: exact in float32, and short to write."""
    return torch.round(values * steps) / steps


def float32(tensor):
    """The tensor's values, rounded to float32, each by the shortest digits that give it back."""
    values = tensor.detach().numpy().astype(np.float32).ravel()
    texts = [float(np.format_float_scientific(value, unique=True)) for value in values]
    assert np.array_equal(np.array(texts).astype(np.float32), values)
    return [int(text) if text == int(text) and abs(text) < 1e6 else text for text in texts]


def tensors(named):
    return {name: {"shape": list(tensor.shape), "values": float32(tensor)} for name, tensor in named}


def statistics(net):
    return [(name, tensor.clone()) for name, tensor in net.named_buffers() if tensor.is_floating_point()]


@torch.no_grad()
def randomize(net, generator):
    """Weights of ordinary size, batch norms that are not the identity, some with a negative weight."""
    for name, tensor in net.state_dict().items():
        if not tensor.is_floating_point():
            continue
        noise = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
        if name.endswith("running_var"):
            noise = 0.5 + noise.abs()
        elif tensor.dim() > 1:
            noise *= (1.5 / tensor[0].numel()) ** 0.5
        tensor.copy_(grid(noise, 64))


# Cases


def layer_cases():
    """(name, input shape, batch, layers), with the options of layer_case()."""
    for batch, inputs, layers in [
        (3, (1, 5, 5), [dense(7)]), (5, (1, 5, 5), [dense(20, bias=False)]), (4, (3, 3, 3), [dense(16)]),
        (1, (1, 3, 3), [dense(33)]), (3, (1, 4, 4), [dense(5), RELU, dense(17)]),
    ]:
        yield f"dense {layers[-1]['units']} batch {batch}", inputs, batch, [FLATTEN, *layers], {}

    for batch, shape, conv in [
        (3, (1, 6, 6), conv2d(3, 3, padding=1)), (3, (1, 4, 4), conv2d(16, 3, padding=1)),
        (3, (1, 5, 5), conv2d(20, 5, padding=2)), (3, (1, 9, 9), conv2d(5, 5, stride=2)),
        (3, (1, 5, 7), conv2d(5, 3)), (4, (3, 5, 5), conv2d(5, 1)), (4, (3, 5, 6), conv2d(20, 1, stride=2)),
        (3, (3, 5, 5), conv2d(5, 3, padding=2)), (3, (3, 5, 5), conv2d(20, 3, stride=2, padding=1)),
        (3, (3, 8, 8), conv2d(5, 3, stride=2, padding=0)), (3, (5, 5, 5), conv2d(3, 5, padding=1)),
        (3, (5, 6, 6), conv2d(3, 5, stride=2, padding=2)), (3, (5, 3, 3), conv2d(20, 3, padding=1, bias=False)),
        (3, (20, 3, 3), conv2d(3, 3, padding=1)), (3, (20, 3, 3), conv2d(5, 1, bias=False)),
        (3, (8, 3, 3), conv2d(16, 3, padding=1)), (3, (16, 3, 3), conv2d(8, 3, padding=1)),
        (3, (16, 3, 3), conv2d(16, 1, bias=False)), (5, (3, 3, 3), conv2d(5, 3)),
    ]:
        name = "conv2d {}->{filters} kernel {kernel} stride {stride} padding {padding}".format(shape[0], **conv)
        yield name, shape, batch, [conv, FLATTEN], {}
    yield "conv2d behind conv2d", (3, 6, 6), 3, [conv2d(5, 3), conv2d(3, 3, padding=1), FLATTEN], {}
    yield "conv2d to one pixel, then dense", (3, 4, 4), 3, [conv2d(20, 4), FLATTEN, dense(5), RELU], {}

    for channels in (1, 3, 16, 20):
        yield f"batch_norm {channels} channels", (channels, 2, 3), 4, [batch_norm(), FLATTEN], {}
    yield "batch_norm momentum and eps", (3, 4, 4), 3, [batch_norm(0.3, 1e-3), FLATTEN], {}
    yield "batch_norm of a vector", (1, 4, 4), 5, [FLATTEN, dense(20, bias=False), batch_norm()], {}
    yield "batch_norm behind flatten", (3, 3, 3), 5, [FLATTEN, batch_norm()], {}
    yield "batch_norm of one sample", (3, 4, 4), 1, [batch_norm(), FLATTEN], {}
    yield "batch_norm twice", (3, 4, 4), 3, [batch_norm(), batch_norm(eps=0.5), RELU, FLATTEN], {}
    yield "batch_norm behind a biased conv2d", (1, 5, 5), 4, [conv2d(5, 3), batch_norm(), FLATTEN], {}
    yield "batch_norm before conv2d", (3, 5, 5), 3, [batch_norm(), RELU, conv2d(5, 3, padding=1), FLATTEN], {}
    yield "batch_norm far from zero", (3, 4, 4), 4, [batch_norm(), FLATTEN], {"input_offset": 30.0}

    for layer in ACTIVATIONS:
        name = " ".join(map(str, layer.values()))
        yield name, (2, 4, 5), 3, [layer, FLATTEN], {"input_scale": 4.0, "extremes": True}
        yield f"{name} behind dense", (1, 4, 4), 3, [FLATTEN, dense(7), layer, dense(17), layer], {}
        yield f"{name} behind conv2d and pool", (2, 6, 6), 3, [conv2d(5, 3), layer, max_pool2d(2, 2), FLATTEN], {}
        yield (f"{name} behind batch_norm, before pool", (1, 6, 6), 3,
               [conv2d(5, 3, padding=1, bias=False), batch_norm(), layer, max_pool2d(2, 2), FLATTEN], {})
    yield "two activations", (1, 4, 4), 3, [FLATTEN, dense(7), activation("tanh"), activation("elu", alpha=1.0)], {}
    yield "activation behind pool", (2, 6, 6), 3, [max_pool2d(2, 2), activation("mish"), FLATTEN], {}

    for pool, name in ((max_pool2d, "max_pool2d"), (avg_pool2d, "avg_pool2d")):
        for channels, height, width, kernel, stride in [
            (3, 7, 7, 2, 2), (5, 7, 7, 3, 2), (20, 4, 4, 2, 2), (3, 5, 6, 3, 1), (3, 8, 7, 3, 3), (1, 7, 5, 2, 2),
            (3, 5, 5, 1, 2), (16, 3, 3, 3, 3),
        ]:
            yield (f"{name} {channels}x{height}x{width} kernel {kernel} stride {stride}", (channels, height, width), 3,
                   [pool(kernel, stride), FLATTEN], {})
        yield (f"{name} behind conv2d, batch_norm and relu", (3, 7, 7), 3,
               [conv2d(5, 3, padding=1), batch_norm(), RELU, pool(3, 2), FLATTEN], {})
        yield f"{name} twice", (3, 9, 10), 3, [pool(2, 2), pool(3, 1), FLATTEN], {}
        yield f"{name} before batch_norm", (3, 6, 6), 3, [pool(2, 2), batch_norm(), RELU, FLATTEN], {}
    yield "max_pool2d of equal values", (3, 6, 6), 3, [max_pool2d(3, 2), FLATTEN], {"input_steps": 1}
    for channels in (3, 16, 20):
        yield f"global_avg_pool {channels} channels", (channels, 2, 3), 3, [GLOBAL_AVG_POOL, FLATTEN], {}
    yield ("global_avg_pool behind batch_norm and relu", (1, 7, 7), 3,
           [conv2d(5, 3), batch_norm(), RELU, GLOBAL_AVG_POOL, FLATTEN], {})

    body = [conv2d(5, 3, padding=1, bias=False), batch_norm(), RELU, conv2d(5, 3, padding=1, bias=False), batch_norm()]
    yield "residual of the input", (5, 5, 5), 3, [residual(*body), RELU, FLATTEN], {}
    yield "residual with projection", (3, 5, 5), 3, [residual(*body), RELU, FLATTEN], {}
    yield ("residual with strided projection", (3, 5, 5), 3,
           [residual(conv2d(20, 3, 2, 1), batch_norm(), RELU, conv2d(20, 1), batch_norm()), RELU, GLOBAL_AVG_POOL,
            FLATTEN], {})
    yield ("two residuals", (1, 6, 6), 3,
           [conv2d(5, 3, bias=False), batch_norm(), RELU, residual(*body), RELU, residual(*body), RELU, max_pool2d(2, 2),
            FLATTEN], {})
    yield ("residual that ends in an activation", (1, 5, 5), 3,
           [conv2d(3, 1), residual(conv2d(3, 3, padding=1), activation("silu")), FLATTEN], {})
    yield ("residual that begins with batch_norm", (3, 5, 5), 3,
           [residual(batch_norm(), RELU, conv2d(3, 3, padding=1)), max_pool2d(2, 2), FLATTEN], {})
    yield ("residual within a residual", (3, 4, 4), 3,
           [residual(conv2d(3, 3, padding=1), residual(conv2d(3, 1), batch_norm()), RELU), FLATTEN], {})
    yield "residual of a vector", (1, 4, 4), 4, [FLATTEN, dense(6), RELU, residual(dense(6), batch_norm(), RELU)], {}

    yield "dropout of 0", (1, 4, 4), 3, [FLATTEN, dense(7), RELU, dropout(0.0)], {}
    yield "nothing but the output layer", (1, 3, 3), 3, [FLATTEN], {}
    yield ("mlp with label smoothing", (1, 5, 5), 5,
           [FLATTEN, dense(20), batch_norm(), RELU, dense(9), batch_norm(), RELU], {"label_smoothing": 0.1})
    cnn = [conv2d(5, 3, padding=1), batch_norm(), RELU, max_pool2d(2, 2), conv2d(8, 3, padding=1), batch_norm(), RELU,
           max_pool2d(2, 2), FLATTEN, dense(9), RELU]
    yield "cnn with label smoothing", (1, 9, 9), 5, cnn, {"label_smoothing": 0.25}
    for shape, conv in [
        ((3, 6, 6), depthwise_conv2d(3, padding=1)), ((20, 5, 4), depthwise_conv2d(3, padding=1, bias=False)),
        ((5, 7, 6), depthwise_conv2d(5, padding=2)), ((3, 7, 7), depthwise_conv2d(3, stride=2, padding=1)),
        ((5, 8, 5), depthwise_conv2d(2, stride=2)), ((16, 4, 4), depthwise_conv2d(3, padding=2)),
        ((3, 5, 5), depthwise_conv2d(1)),
    ]:
        name = "depthwise_conv2d of {} kernel {kernel} stride {stride} padding {padding}".format(shape[0], **conv)
        yield name, shape, 3, [conv, FLATTEN], {}
    yield ("depthwise_conv2d between conv2d", (1, 8, 8), 3,
           [conv2d(20, 3, 2, 1, bias=False), batch_norm(), RELU, depthwise_conv2d(3, padding=1, bias=False),
            batch_norm(), RELU, conv2d(5, 1), RELU, FLATTEN], {})
    for channels, squeezed in ((3, 2), (16, 5), (20, 17)):
        yield (f"squeeze_excitation {channels} to {squeezed}", (channels, 3, 4), 3,
               [squeeze_excitation(squeezed), FLATTEN], {})
    yield ("squeeze_excitation in a residual", (5, 4, 4), 3,
           [residual(conv2d(5, 3, padding=1, bias=False), batch_norm(), squeeze_excitation(2)), RELU, FLATTEN], {})
    yield ("squeeze_excitation of a vector", (1, 4, 4), 4,
           [FLATTEN, dense(7), RELU, squeeze_excitation(3)], {})
    yield "cnn with fewer labels than samples", (1, 9, 9), 5, cnn, {"label_smoothing": 0.05, "labels": 3}


def training_pass(net, values, truth, label_smoothing):
    """Everything that a training pass of a copy of the network gives, and the copy."""
    net = copy.deepcopy(net).to(values.dtype).train()
    values = values.clone().requires_grad_()
    logits = net(values)
    loss = nn.functional.cross_entropy(logits[:len(truth)], truth, label_smoothing=label_smoothing)
    loss.backward()
    return net, {"loss": loss, "logits": logits, "input_gradient": values.grad,
                 "gradients": {name: tensor.grad for name, tensor in net.named_parameters()},
                 "statistics_after": dict(statistics(net))}


def well_conditioned(exact, single):
    """Whether PyTorch's own float32 is well within the tests' tolerance of 1e-5; else a case could not tell right from
    wrong."""
    largest = max(gradient.abs().max() for gradient in exact["gradients"].values())
    for key in ("loss", "logits", "input_gradient", *exact["gradients"]):
        expected, found = (result.get(key, result["gradients"].get(key)) for result in (exact, single))
        own = expected.abs().max()
        if (found - expected).abs().max() >= 3e-6 * (largest if own < 1e-6 * largest else own):
            return False
    return True


def layer_case(name, shape, batch, layers, label_smoothing=0.0, labels=None, input_scale=1.0, input_offset=0.0,
               input_steps=64, extremes=False):
    """A training pass with all gradients, and the inference pass behind it with the running statistics it left. Its
    numbers depend on its name alone, so that a new case leaves the others as they are."""
    for attempt in range(100):
        generator = torch.Generator().manual_seed(zlib.crc32(f"{name} {attempt}".encode()))
        net = network(layers, shape)
        randomize(net, generator)
        values = torch.randn(batch, *shape, generator=generator, dtype=torch.float64) * input_scale + input_offset
        values = grid(values, input_steps)
        if extremes:
            values.view(-1)[:8] = torch.tensor([0, -100, 100, -12, 12, 1e-4, -1e-4, 0], dtype=torch.float32).double()
        truth = torch.randint(CLASSES, (labels or batch,), generator=generator)
        trained, result = training_pass(net, values, truth, label_smoothing)
        if well_conditioned(result, training_pass(net, values.float(), truth, label_smoothing)[1]):
            break
    else:
        raise RuntimeError(f"{name}: no well-conditioned numbers; change the case")
    return {"name": name, "input_shape": list(shape), "batch_size": batch, "layers": layers,
            "label_smoothing": label_smoothing, "labels": truth.tolist(), "input": float32(values),
            "parameters": tensors(net.named_parameters()), "statistics": tensors(statistics(net)),
            "loss": result["loss"].item(), "logits": float32(result["logits"]),
            "input_gradient": float32(result["input_gradient"]),
            "gradients": {key: float32(tensor) for key, tensor in result["gradients"].items()},
            "statistics_after": {key: float32(tensor) for key, tensor in result["statistics_after"].items()},
            "inference_logits": float32(trained.eval()(values))}


def cnn_training():
    """Twenty steps of Adam on a small CNN. Convolutions in front of a batch norm have no bias: its gradient would be
    nothing but rounding, which Adam blows up to full steps."""
    shape, batch, steps, learning_rate = (1, 9, 9), 6, 20, 1e-2
    layers = [conv2d(5, 3, padding=1, bias=False), batch_norm(), RELU, max_pool2d(2, 2),
              conv2d(7, 3, padding=1, bias=False), batch_norm(), RELU, max_pool2d(2, 2), FLATTEN, dense(12), RELU]
    generator = torch.Generator().manual_seed(20)
    net = network(layers, shape)
    randomize(net, generator)
    inputs = grid(torch.rand(steps, batch, *shape, generator=generator, dtype=torch.float64), 64)
    labels = torch.randint(CLASSES, (steps, batch), generator=generator)
    result = {"torch": torch.__version__, "input_shape": list(shape), "batch_size": batch, "layers": layers,
              "learning_rate": learning_rate, "inputs": [float32(values) for values in inputs],
              "labels": labels.tolist(), "parameters": tensors(net.named_parameters()),
              "statistics": tensors(statistics(net))}
    optimizer = torch.optim.Adam(net.parameters(), lr=learning_rate)
    net.train()
    losses = []
    for values, truth in zip(inputs, labels):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(values), truth)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    result.update(losses=losses, parameters_after={name: float32(tensor) for name, tensor in net.named_parameters()},
                  statistics_after={name: float32(tensor) for name, tensor in statistics(net)})
    return result


def dirac():
    shapes = [(1, 1, 3, 3), (4, 4, 3, 3), (6, 4, 3, 3), (4, 4, 2, 2), (5, 3, 1, 1)]  # (filters, inputs, height, width)
    weights = [torch.nn.init.dirac_(torch.empty(shape)) for shape in shapes]
    return {"torch": torch.__version__,
            "cases": [{"shape": list(weight.shape), "weight": weight.ravel().tolist()} for weight in weights]}


def main():
    torch.set_num_threads(1)  # one order of summation
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "tests" / "fixtures"
    cases = [layer_case(*case[:4], **case[4]) for case in layer_cases()]
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (folder / "layers.json").write_text(f'{{"torch":"{torch.__version__}","cases":[\n{lines}\n]}}\n')
    (folder / "cnn_training.json").write_text(json.dumps(cnn_training(), separators=(",", ":")) + "\n")
    (folder / "dirac.json").write_text(json.dumps(dirac(), separators=(",", ":")) + "\n")
    print(f"{len(cases)} cases and a training in {folder}")


if __name__ == "__main__":
    main()
