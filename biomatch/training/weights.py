"""The start from which training goes on: the state of a run, and weights beside a model."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

WEIGHTS = "weights.npz"
WEIGHTS_SHA256 = "weights_sha256"  # of a card: that of the file


def keep(state: Path, values: Mapping[str, Any]) -> None:
    """Keeps the state of a run, in a file that is there as a whole or not at all."""
    temporary = state.with_suffix(".part")
    torch.save(dict(values), temporary)
    temporary.replace(state)


def pack(kinds: Mapping[str, Mapping[str, torch.Tensor]]) -> bytes:
    """Packs several networks' weights as plain arrays of half precision."""
    buffer = io.BytesIO()
    arrays = {
        f"{kind}/{name}": value.half().numpy() if value.dtype.is_floating_point else value.numpy()
        for kind, weights in kinds.items()
        for name, value in weights.items()
    }
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(data: bytes, kind: str) -> dict[str, torch.Tensor]:
    """Unpacks the weights of one kind, as `Module.load_state_dict` takes them."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = {name.partition("/")[2]: file[name] for name in file.files if name.startswith(f"{kind}/")}
    return {name: torch.from_numpy(v.astype(np.float32) if v.dtype == np.float16 else v) for name, v in arrays.items()}


def found(start: Path | None, model: str) -> bytes | None:
    """Reads the weights of a model in a folder of models, if they are there."""
    place = None if start is None else start / model / WEIGHTS
    return place.read_bytes() if place is not None and place.is_file() else None
