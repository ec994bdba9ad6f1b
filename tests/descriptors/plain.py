"""The kernels of descriptors/ again, slowly, in plain NumPy: what the fast ones must agree with."""

import math

import numpy as np


def sums(x, y, turn, weight, numbers, shares, radius, sigma):
    """Twin of `cylinder.fill`: every cell of every minutia against every neighbour. Distances in 1/16 px."""
    n, sections = len(x), shares.shape[1]
    side = 2 * radius / len(numbers)
    out = np.zeros((n, numbers.max() + 1, sections))
    for m in range(n):
        theta = int(turn[m]) * 2 * math.pi / 256
        for i, j in np.argwhere(numbers >= 0):
            along, across = (i + 0.5) * side - radius, (j + 0.5) * side - radius
            for t in range(n):
                right, up = float(x[t] - x[m]), float(y[m] - y[t])
                u = right * math.cos(theta) + up * math.sin(theta)
                v = up * math.cos(theta) - right * math.sin(theta)
                near = abs(along - u) <= 3 * sigma and abs(across - v) <= 3 * sigma and math.hypot(u, v) < radius + 3 * sigma
                if t == m or not near:
                    continue
                du, dv = (math.floor(abs(d) * 16 + 0.5) / 16 for d in (along - u, across - v))
                space = math.exp(-(du**2 + dv**2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))
                out[m, numbers[i, j]] += weight[t] * space * shares[(int(turn[m]) - int(turn[t])) % 256]
    return out.reshape(n, -1)


def mapped(sums, start, matrix):
    """Twin of `projection.mapped`."""
    vectors = np.sqrt(sums.astype(np.float64)) @ matrix.astype(np.float64) + start
    return np.where(sums.any(axis=1, keepdims=True), vectors, 0)


def on_grid(vectors):
    """Twin of `grid.on_grid`."""
    length = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    return (13 * np.clip(np.rint(256 / 13 * vectors / np.where(length > 0, length, 1)), -7, 7)).astype(np.int8)
