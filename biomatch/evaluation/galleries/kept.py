"""Tables that a long benchmark keeps between its steps, so that a run that was broken off goes on where it was."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from biomatch.errors import FileUnwritable
from biomatch.template import Template

Table = dict[str, np.ndarray]
"""Columns by name: numbers or short texts."""


def kept(path: Path, make: Callable[[], Table]) -> Table:
    """Returns the table that `path` (.npz) holds, else makes it and keeps it. Raises FileUnwritable."""
    found = read(path)
    if found is None:
        found = make()
        write(path, found)
    return found


def read(path: Path) -> Table | None:
    """Reads a table; None where there is none; one that was cut off while it was written never gets its name."""
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def write(path: Path, table: Table) -> None:
    beside = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            np.savez(file, **table)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise FileUnwritable(str(path), error.strerror or str(error)) from None


def packed(templates: Sequence[Template | None]) -> Table:
    """Packs templates as a table."""
    parts = [b"" if one is None else one.to_bytes() for one in templates]
    return {"bytes": np.frombuffer(b"".join(parts), np.uint8), "ends": np.cumsum([len(part) for part in parts])}


def unpacked(table: Table, first: int = 0, end: int | None = None) -> list[Template | None]:
    """Unpacks number `first` to `end - 1` of what was packed; all without."""
    data, ends = table["bytes"], [0, *table["ends"].tolist()][first : None if end is None else end + 1]
    return [Template.from_bytes(data[low:high].tobytes()) if high > low else None for low, high in pairwise(ends)]
