"""A folder of synthetic prints: images, their truth beside them, and a manifest. Begun once, gone on with after a stop.

synthesis.json   what the folder is: command, seed, options, generator; written first
NAME.png, NAME.json   an image, and its truth; the truth is written last, so what has one is whole
manifest.csv     all of them, a line each; written when all are there
"""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from biomatch.errors import DiskFull, FileUnreadable, FileUnwritable, FolderNotEmpty, OtherSynthesis, SynthesisExists
from biomatch.json_text import parse

RECIPE, MANIFEST = "synthesis.json", "manifest.csv"
PPI = 500


@dataclass(frozen=True)
class Recipe:
    """The recipe of a folder: the same recipe makes the same files."""

    command: str
    seed: int
    options: Mapping[str, Any]
    generator: str

    def text(self) -> str:
        """Returns the recipe as JSON."""
        plain = {"command": self.command, "seed": self.seed, "options": dict(self.options), "generator": self.generator}
        return json.dumps(plain, indent=1, sort_keys=True) + "\n"


@dataclass(frozen=True)
class Made:
    """One file (image or template), its truth, and its line of the manifest. All of it can be pickled."""

    path: str
    data: bytes
    row: dict[str, Any]
    truth: dict[str, Any]


class Folder:
    """The output of one recipe."""

    def __init__(self, place: Path, recipe: Recipe):
        """Begins a folder, or goes on with one that was stopped.

        Raises FolderNotEmpty where other files are in the way, SynthesisExists where it is complete, OtherSynthesis where
        another command, seed, option or generator began it, FileUnreadable, FileUnwritable, DiskFull.
        """
        self._place, self._recipe = place, recipe
        inside = listed_in(place)
        if RECIPE in inside:
            self._compare()
        elif inside:
            raise FolderNotEmpty(str(place))
        else:
            self._write(RECIPE, recipe.text().encode())

    def left(self, names: Iterable[str]) -> list[str]:
        """Lists the names that are not there yet."""
        return [name for name in names if not (self._place / name).with_suffix(".json").is_file()]

    def truth(self, name: str) -> dict[str, Any]:
        """Reads what `add` wrote beside a file that is there."""
        found: dict[str, Any] = parse((self._place / name).with_suffix(".json").read_text(encoding="utf-8"))
        return found

    def add(self, made: Made) -> None:
        """Writes a file, then its truth."""
        self._write(made.path, made.data)
        truth = {**made.row, **made.truth, "seed": self._recipe.seed, "generator": self._recipe.generator}
        text = json.dumps(truth, separators=(",", ":")) + "\n"
        self._write(str(Path(made.path).with_suffix(".json")), text.encode())

    def finish(self, names: Sequence[str], columns: Sequence[str]) -> None:
        """Writes the manifest, from the truth of every file."""
        text = io.StringIO()
        rows = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
        rows.writeheader()
        for name in names:
            rows.writerow(self.truth(name))
        self._write(MANIFEST, text.getvalue().encode())

    def _compare(self) -> None:
        try:
            other = parse((self._place / RECIPE).read_bytes())
        except ValueError:
            other = None
        except OSError as error:
            raise FileUnreadable(str(self._place / RECIPE), error.strerror or str(error)) from error
        if not isinstance(other, dict) or not isinstance(other.get("options", {}), dict):
            raise FolderNotEmpty(str(self._place))
        mine = json.loads(self._recipe.text())
        before, now = ({**one, **one.pop("options", {})} for one in (other, mine))
        different = [key for key in now if before.get(key) != now[key]]
        if different:
            what = ", ".join(f"{key} {_words(before.get(key))} and not {_words(now[key])}" for key in different)
            raise OtherSynthesis(str(self._place), what)
        if (self._place / MANIFEST).is_file():
            raise SynthesisExists(str(self._place))

    def _write(self, name: str, data: bytes) -> None:
        try:
            write_whole(self._place / name, data)
        except DiskFull as error:
            raise DiskFull(str(self._place)) from error


def listed_in(folder: Path) -> list[str]:
    """Lists names of what lies in a folder that is to be written; none where it is not there yet.

    Raises FolderNotEmpty where a file has its name, FileUnwritable.
    """
    try:
        return [inside.name for inside in folder.iterdir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        if isinstance(error, NotADirectoryError) and folder.exists():
            raise FolderNotEmpty(str(folder)) from None
        raise FileUnwritable(str(folder), error.strerror or str(error)) from error


def make_room(path: Path) -> None:
    """Makes the folders above a file that is to be written. Raises DiskFull, FileUnwritable, that also where a folder has its
    name."""
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file that is there as a whole or not at all; folders above it are made. Raises DiskFull, FileUnwritable."""
    make_room(path)
    unfinished = path.with_name(f".{path.name}.part")
    with _told(path):
        try:
            unfinished.write_bytes(data)
            os.replace(unfinished, path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turns failures to write a file into DiskFull and FileUnwritable."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(str(path.parent)) from error
        raise FileUnwritable(str(path), error.strerror or str(error)) from error


def to_png(image: np.ndarray, ppi: float = PPI) -> bytes:
    """Writes a PNG of an image (h, w) uint8 that says its resolution."""
    options = [cv2.IMWRITE_PNG_COMPRESSION, 9, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_DEFAULT]
    data = cv2.imencode(".png", image, options)[1].tobytes()
    per_metre = round(ppi / 0.0254)
    body = b"pHYs" + struct.pack(">IIB", per_metre, per_metre, 1)
    chunk = struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body))
    return data[:_AFTER_HEADER] + chunk + data[_AFTER_HEADER:]


_AFTER_HEADER = 8 + 25  # signature, IHDR


def _words(value: object) -> str:
    return json.dumps(value, sort_keys=True)
