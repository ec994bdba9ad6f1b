"""The caches of a gallery in its folder, and the sequence number that they include.

    snapshot.json    names the other files and the versions that made them; replaced as a whole; holds nothing of a person
    next.json        the same, of caches that other versions build to take the place of those that serve
    arena-N          blocks of prints, each sealed for its person
    catalogue-N      whose each print is, and the first byte of its block: arrays as numpy's npz, sealed
    segment-N        a part of the index, sealed

A snapshot is believed only when everything it names is whole and was made by the versions that are running; else the caches
are rebuilt from the log. Files that no snapshot names are left-overs, and are deleted.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import zlib
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from biomatch import private
from biomatch.durable import sync
from biomatch.errors import CacheDamaged, SealBroken, SealKeyGone
from biomatch.json_text import built, parse
from biomatch.sealing import Sealing

FILE, NEXT = "snapshot.json", "next.json"
PLACES = (FILE, NEXT)
LAYOUT = 7
_ARENA, _CATALOGUE, _SEGMENT = "arena-", "catalogue-", "segment-"
_NEW = ".new"  # what the name of a snapshot ends in while it is written
_KINDS = (_ARENA, _CATALOGUE, _SEGMENT, "starts-")


@dataclass(frozen=True)
class Part:
    """A file of the snapshot, and the number that tells it from every other (sealing.py)."""

    file: str
    number: int


@dataclass(frozen=True)
class Snapshot:
    """sequence  the last record of the log that the caches include
    versions  what made them; caches of other versions are of no use
    arena     its first `used` bytes count; its blocks have checksums of their own. lineage: hex
    catalogue with the starts of every print number; GONE for a removed print, which the index may still hold until it is
              compacted
    segments  oldest first
    delta     print numbers that no segment holds
    """

    sequence: int
    versions: dict[str, str]
    arena: str
    lineage: str
    used: int
    catalogue: Part
    segments: tuple[Part, ...]
    delta: tuple[int, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Names of all files that it needs."""
        return (self.arena, self.catalogue.file, *(part.file for part in self.segments))


def write(folder: Path, snapshot: Snapshot, place: str = FILE) -> None:
    """Puts the snapshot in the place of the one before. What it names must be on the disk. Raises OSError."""
    body = json.dumps(asdict(snapshot), sort_keys=True)
    text = json.dumps({"layout": LAYOUT, "checksum": zlib.crc32(body.encode()), "body": body})
    new = folder / (place + _NEW)
    with private.opened(new, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, folder / place)
    sync(folder)


def move(folder: Path, place: str, to: str) -> None:
    """Puts one snapshot in the place of another; durable on return. Raises OSError."""
    os.replace(folder / place, folder / to)
    sync(folder)


def read(folder: Path, versions: dict[str, str] | None, place: str = FILE) -> Snapshot | None:
    """Reads the folder's snapshot; None when there is none. Raises CacheDamaged, also when other versions made it than these,
    if any are named."""
    path = folder / place
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CacheDamaged(str(path), str(error)) from None
    try:
        outer = parse(text)
        if outer["layout"] != LAYOUT:
            raise CacheDamaged(str(path), f"its layout is {outer['layout']}, not {LAYOUT}")
        if zlib.crc32(outer["body"].encode()) != outer["checksum"]:
            raise CacheDamaged(str(path), "its checksum is wrong")
        snapshot = _read(parse(outer["body"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CacheDamaged(str(path), f"it is not a snapshot ({error!r})") from None
    if versions is not None and snapshot.versions != versions:
        raise CacheDamaged(str(path), "it was made by other versions")
    return snapshot


def _read(body: dict[str, Any]) -> Snapshot:
    """Raises ValueError, KeyError, TypeError, AttributeError."""
    catalogue, segments = built(Part, body["catalogue"]), tuple(built(Part, part) for part in body["segments"])
    numbers = (body["sequence"], body["used"], *body["delta"])
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise ValueError("a number is none")
    for kind, name in ((_ARENA, body["arena"]), (_CATALOGUE, catalogue.file), *((_SEGMENT, one.file) for one in segments)):
        if not (name.startswith(kind) and name.removeprefix(kind).isdecimal()):
            raise ValueError(f"{name} is no file of the caches")
    bytes.fromhex(body["lineage"])
    return Snapshot(
        sequence=body["sequence"],
        versions=body["versions"],
        arena=body["arena"],
        lineage=body["lineage"],
        used=body["used"],
        catalogue=catalogue,
        segments=segments,
        delta=tuple(body["delta"]),
    )


def write_arrays(path: Path, arrays: dict[str, np.ndarray], sealing: Sealing) -> Part:
    """Writes arrays by name. Raises OSError."""
    out = io.BytesIO()
    np.savez(out, **arrays)  # type: ignore[arg-type]
    return Part(path.name, sealing.write(path, [out.getbuffer()]))


def read_arrays(folder: Path, part: Part, sealing: Sealing) -> dict[str, np.ndarray]:
    """Raises CacheDamaged."""
    path = folder / part.file
    try:
        with np.load(io.BytesIO(sealing.read(path, part.number).data), allow_pickle=False) as found:
            return dict(found)
    except (OSError, ValueError, SealBroken, SealKeyGone) as error:
        raise CacheDamaged(str(path), str(error)) from None


def tidy(folder: Path, keep: Collection[str]) -> None:
    """Deletes cache files that are not named in `keep`. One that cannot be deleted stays until the next time."""
    unfinished = [place + _NEW for place in PLACES]
    for path in folder.iterdir():
        if path.name not in keep and (path.name.startswith(_KINDS) or path.name in unfinished):
            with contextlib.suppress(OSError):
                path.unlink()


def next_name(folder: Path, kind: str) -> Path:
    """Returns a file name of this kind ("arena", ...) that is not in use."""
    taken = [int(n) for path in folder.glob(f"{kind}-*") if (n := path.name.removeprefix(f"{kind}-")).isdigit()]
    return folder / f"{kind}-{max(taken, default=0) + 1}"
