"""Writes the network out as ONNX: convolutions with their batch normalisation folded in, ReLU, sums, nearest enlargement."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from biomatch.training.extractor.network import EIGHTH, QUARTER, Network

OPSET = 13  # old enough for OpenCV 4.12
VERSION = 8  # of the ONNX file format


def to_onnx(network: Network) -> bytes:
    """Writes the network's bytes; the same weights give the same bytes. Sides of the input may be any multiple of 16."""
    import onnx
    from onnx import helper

    graph = Graph()
    graph.constant("scales", np.array([1, 1, 2, 2], np.float32))
    stem = graph.sequence("planes", network.stem)
    fine = graph.residual(stem, network.fine)
    middle = graph.sequence(fine, network.middle)
    coarse = graph.sequence(middle, network.coarse)
    middle = graph.joined(middle, coarse, network.to_middle)
    middle = graph.residual(middle, network.joined_middle)
    fine = graph.joined(fine, middle, network.to_fine)
    fine = graph.sequence(fine, network.joined_fine)
    graph.convolution(fine, network.minutiae, name="minutiae")
    graph.convolution(middle, network.ridges, name="ridges")
    given = helper.make_tensor_value_info("planes", onnx.TensorProto.FLOAT, ["n", 2, "h", "w"])
    answers = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", channels, f"h{part}", f"w{part}"])
        for name, channels, part in (("minutiae", len(QUARTER), 4), ("ridges", len(EIGHTH), 8))
    ]
    return graph.model("minutiae network", [given], answers)


class Graph:
    """Nodes and weights, as they are added; each method returns the name of what it made."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def model(self, name: str, given: list[Any], answers: list[Any]) -> bytes:
        """Writes the bytes of all that was added; the same weights give the same bytes."""
        import onnx
        from onnx import helper

        made = helper.make_graph(self.nodes, name, given, answers, self.weights)
        model = helper.make_model(made, producer_name="biomatch", opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = VERSION
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))

    def sequence(self, x: str, layers: nn.Sequential) -> str:
        """Adds what `layers` make of x: residual blocks, or convolutions with their normalisation and ReLU."""
        for layer in layers:
            x = self.unit(x, layer) if isinstance(layer, nn.Sequential) else self.residual(x, layer)
        return x

    def unit(self, x: str, layers: nn.Sequential) -> str:
        """Adds convolution, batch normalisation, and ReLU where there is one."""
        made = self.convolution(x, layers[0], layers[1])
        return self.add("Relu", made) if len(layers) > 2 else made

    def residual(self, x: str, block: nn.Module) -> str:
        inner = self.unit(self.unit(x, block.first), block.second)
        return self.add("Relu", self.add("Add", x, inner))

    def joined(self, fine: str, coarse: str, to_fine: nn.Conv2d) -> str:
        small = self.convolution(coarse, to_fine)
        large = self.add(
            "Resize", small, "", "scales", mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"
        )
        return self.add("Relu", self.add("Add", fine, large))

    def convolution(self, x: str, layer: nn.Module, norm: nn.Module | None = None, name: str | None = None) -> str:
        assert isinstance(layer, nn.Conv2d)
        weight = layer.weight.detach().double()
        bias = torch.zeros(len(weight)).double() if layer.bias is None else layer.bias.detach().double()
        if norm is not None:
            assert isinstance(norm, nn.BatchNorm2d)
            assert norm.running_mean is not None
            assert norm.running_var is not None
            factor = norm.weight.detach().double() / torch.sqrt(norm.running_var.double() + norm.eps)
            weight = weight * factor[:, None, None, None]
            bias = norm.bias.detach().double() + (bias - norm.running_mean.double()) * factor
        number = len(self.nodes)
        self.constant(f"weight{number}", weight.float().contiguous().numpy())
        self.constant(f"bias{number}", bias.float().numpy())
        side, stride = layer.kernel_size[0], layer.stride[0]
        return self.add(
            "Conv", x, f"weight{number}", f"bias{number}", name=name, kernel_shape=[side, side], strides=[stride, stride],
            pads=[side // 2] * 4,
        )  # fmt: skip

    def add(self, kind: str, *given: str, name: str | None = None, **attributes: Any) -> str:
        from onnx import helper

        made = name or f"x{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(given), [made], name=f"{kind.lower()}{len(self.nodes)}", **attributes))
        return made

    def constant(self, name: str, values: np.ndarray) -> None:
        from onnx import numpy_helper

        self.weights.append(numpy_helper.from_array(values, name))
