"""The network that paints prints, the one that judges them, and the ONNX file of the first."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from biomatch.synthesis.texture import KINDS, NOISES, PLANES
from biomatch.training.extractor.export import Graph

GIVEN = PLANES + len(NOISES)
JUDGED = 1 + 2 + len(KINDS)  # the picture, its place in the window, the kind of sensor


class Painter(nn.Module):
    """(n, GIVEN, h, w) -> (n, 1, h, w), -1 black .. 1 white; sides are multiples of 4."""

    def __init__(self, channels: tuple[int, int, int]):
        super().__init__()
        full, half, quarter = channels
        self.stem = nn.Conv2d(GIVEN, full, 3, 1, 1)
        self.to_half = nn.Conv2d(full, half, 3, 2, 1)
        self.at_half = _Residual(half)
        self.to_quarter = nn.Conv2d(half, quarter, 3, 2, 1)
        self.at_quarter = nn.ModuleList([_Residual(quarter), _Residual(quarter)])
        self.up_half = nn.Conv2d(quarter, half, 1)
        self.joined_half = _Residual(half)
        self.up_full = nn.Conv2d(half, full, 1)
        self.joined_full = nn.Conv2d(full, full, 3, 1, 1)
        self.out = nn.Conv2d(full, 1, 3, 1, 1)

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        full = functional.relu(self.stem(planes))
        half = self.at_half(functional.relu(self.to_half(full)))
        quarter = functional.relu(self.to_quarter(half))
        for block in self.at_quarter:
            quarter = block(quarter)
        half = self.joined_half(functional.relu(half + _twice(self.up_half(quarter))))
        full = functional.relu(full + _twice(self.up_full(half)))
        painted: torch.Tensor = self.out(functional.relu(self.joined_full(full)))
        return painted


class Judge(nn.Module):
    """(n, JUDGED, h, w) -> how real each place looks, near to (n, 1, h / 8, w / 8) and from afar (n, 1, h / 16, w / 16)."""

    def __init__(self, channels: tuple[int, int, int, int]):
        super().__init__()
        sides = (JUDGED, *channels)
        self.layers = nn.ModuleList(spectral_norm(nn.Conv2d(a, b, 4, 2, 1)) for a, b in pairwise(sides))
        self.near = spectral_norm(nn.Conv2d(channels[2], 1, 3, 1, 1))
        self.far = spectral_norm(nn.Conv2d(channels[3], 1, 3, 1, 1))

    def forward(self, shown: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        seen = []
        for layer in self.layers:
            shown = functional.leaky_relu(layer(shown), 0.2)
            seen.append(shown)
        return self.near(seen[2]), self.far(seen[3])


class _Residual(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, 1, 1)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1)
        with torch.no_grad():
            self.second.weight *= 0.3  # without normalisation, a block begins near to passing on what it is given

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(x + self.second(functional.relu(self.first(x))))


def _twice(x: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def to_onnx(painter: Painter) -> bytes:
    """The network's bytes; the same weights give the same bytes."""
    import onnx
    from onnx import helper

    graph = Graph()
    graph.constant("scales", np.array([1, 1, 2, 2], np.float32))
    full = graph.add("Relu", graph.convolution("planes", painter.stem))
    half = _residual(graph, graph.add("Relu", graph.convolution(full, painter.to_half)), painter.at_half)
    quarter = graph.add("Relu", graph.convolution(half, painter.to_quarter))
    for block in painter.at_quarter:
        quarter = _residual(graph, quarter, block)
    half = _residual(graph, graph.joined(half, quarter, painter.up_half), painter.joined_half)
    full = graph.joined(full, half, painter.up_full)
    full = graph.add("Relu", graph.convolution(full, painter.joined_full))
    graph.convolution(full, painter.out, name="painted")
    told = helper.make_tensor_value_info("planes", onnx.TensorProto.FLOAT, ["n", GIVEN, "h", "w"])
    answer = helper.make_tensor_value_info("painted", onnx.TensorProto.FLOAT, ["n", 1, "h", "w"])
    return graph.model("texture network", [told], [answer])


def _residual(graph: Graph, x: str, block: nn.Module) -> str:
    inner = graph.convolution(graph.add("Relu", graph.convolution(x, block.first)), block.second)
    return graph.add("Relu", graph.add("Add", x, inner))
