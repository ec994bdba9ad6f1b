"""The network of patches in torch, and its ONNX file."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from biomatch.descriptors.patch import FEATURES, SIDE, planes
from biomatch.training.extractor.export import Graph


class PatchNetwork(nn.Module):
    """(n, 1, SIDE, SIDE) -> (n, FEATURES)."""

    def __init__(self, channels: tuple[int, int, int], dropped: float):
        super().__init__()
        first, second, third = channels
        self.layers = nn.Sequential(
            _unit(1, first, 2), _unit(first, second, 2), _unit(second, second, 1), _unit(second, third, 2)
        )
        self.dropped = nn.Dropout(dropped)
        self.out = nn.Linear(third * (SIDE // 8) ** 2, FEATURES)

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.out(self.dropped(torch.flatten(self.layers(patches), 1)))
        return found


def _unit(given: int, made: int, stride: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(given, made, 3, stride, 1, bias=False), nn.BatchNorm2d(made), nn.ReLU())


def to_onnx(network: PatchNetwork, patches: np.ndarray) -> bytes:
    """Writes the network's bytes, its features scaled to a root mean square of 1 over some patches (n, SIDE, SIDE) uint8."""
    import onnx
    from onnx import helper

    with torch.no_grad():
        found = network(torch.from_numpy(planes(patches)))
    size = float(found.double().square().mean().sqrt())
    graph = Graph()
    last = graph.sequence("patches", network.layers)
    graph.constant("weight", (network.out.weight.detach() / size).numpy())
    graph.constant("bias", (network.out.bias.detach() / size).numpy())
    graph.add("Gemm", graph.add("Flatten", last, axis=1), "weight", "bias", name="features", transB=1)
    given = helper.make_tensor_value_info("patches", onnx.TensorProto.FLOAT, ["n", 1, SIDE, SIDE])
    answer = helper.make_tensor_value_info("features", onnx.TensorProto.FLOAT, ["n", FEATURES])
    return graph.model("network of patches", [given], [answer])
