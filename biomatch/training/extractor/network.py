"""The minutiae network: plain 3x3 convolutions with ReLU at a quarter of the resolution and below, shaped like a U.

What runs fast on one core decides the shape (docs/research/extraction.md): no depthwise, dilated or large kernels, sums in
place of concatenations, and batch normalisation that is folded into the convolutions when the network is written out.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

QUARTER = ("heat", "dx", "dy", "cos", "sin", "ending")  # channels of the first answer
EIGHTH = ("foreground", "cos2", "sin2", "log period")  # channels of the second


class Network(nn.Module):
    """(n, 2, h, w) normalised picture and contrast -> (n, 6, h / 4, w / 4), (n, 4, h / 8, w / 8); sides are multiples of 16."""

    def __init__(self, quarter: int = 32, eighth: int = 64, sixteenth: int = 96):
        super().__init__()
        self.stem = nn.Sequential(_convolution(2, 16, 2), _convolution(16, quarter, 2))
        self.fine = _Residual(quarter)
        self.middle = nn.Sequential(_convolution(quarter, eighth, 2), _Residual(eighth), _Residual(eighth))
        self.coarse = nn.Sequential(_convolution(eighth, sixteenth, 2), _Residual(sixteenth), _Residual(sixteenth))
        self.to_middle = nn.Conv2d(sixteenth, eighth, 1)
        self.joined_middle = _Residual(eighth)
        self.to_fine = nn.Conv2d(eighth, quarter, 1)
        self.joined_fine = nn.Sequential(_Residual(quarter), _Residual(quarter))
        self.minutiae = nn.Conv2d(quarter, len(QUARTER), 1)
        self.ridges = nn.Conv2d(eighth, len(EIGHTH), 1)
        nn.init.constant_(self.minutiae.bias[:1], -4.0)  # minutiae are rare

    def forward(self, picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        fine = self.fine(self.stem(picture))
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        middle = self.joined_middle(functional.relu(middle + _twice(self.to_middle(coarse))))
        fine = self.joined_fine(functional.relu(fine + _twice(self.to_fine(middle))))
        return self.minutiae(fine), self.ridges(middle)


class _Residual(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.first = _convolution(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(x + self.second(self.first(x)))


def _convolution(given: int, made: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(given, made, 3, stride, 1, bias=False), nn.BatchNorm2d(made), nn.ReLU(inplace=True))


def _twice(x: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")
