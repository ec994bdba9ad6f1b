"""Finds, verifies and loads what was learned: one folder a model, a card beside each file.

    models/projection/card.toml     file, sha256, made_by (the command), data, seed, scores, limits
    models/projection/arrays.npz    plain arrays; pickled objects are refused

A `Models` looks into the folder it was given, else into the package; first, where there is one, into a gallery's own
calibration. A file whose sha256 is not the card's is refused.
"""

from __future__ import annotations

import hashlib
import io
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np

from biomatch.errors import ModelDamaged, ModelMissing

CARD, ARRAYS = "card.toml", "arrays.npz"
SHIPPED = "shipped"


class Models:
    """One folder of learned files. Loaded once each, read-only.

    own  a gallery's calibration, whose models stand for those of the same names; its folder's name is `calibration`
    """

    def __init__(self, folder: Path | None = None, own: Path | None = None):
        self._folder, self._own = folder, own
        self._root: Traversable = folder if folder is not None else resources.files("biomatch.models")
        self._loaded: dict[str, Mapping[str, np.ndarray]] = {}

    @property
    def calibration(self) -> str:
        """The name of the calibration: of a gallery's own, else `SHIPPED`."""
        return SHIPPED if self._own is None else self._own.name

    def calibrated(self, own: Path | None) -> Models:
        """Returns the same models with a gallery's own calibration, or with none."""
        return Models(self._folder, own)

    def names(self) -> list[str]:
        """Lists the models that lie in the folder, sorted. Raises ModelMissing where there is none."""
        found = self._root.iterdir() if self._root.is_dir() else ()
        names = sorted(place.name for place in found if place.is_dir() and (place / CARD).is_file())
        if not names:
            raise ModelMissing("any", str(self._root))
        return names

    def card(self, name: str) -> dict[str, Any]:
        """Reads the card of a model, as parsed TOML. Raises ModelMissing, ModelDamaged."""
        try:
            text = (self._place(name) / CARD).read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            raise ModelMissing(name, str(self._root)) from None
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ModelDamaged(name, f"its card is not TOML ({error})") from None

    def read(self, name: str) -> bytes:
        """Reads the bytes of a model's file and checks them against its card. Raises ModelMissing, ModelDamaged."""
        card = self.card(name)
        try:
            place = self._place(name) / card["file"]
            data = place.read_bytes()
        except KeyError:
            raise ModelDamaged(name, "its card names no file") from None
        except FileNotFoundError:
            raise ModelMissing(name, str(self._root)) from None
        if hashlib.sha256(data).hexdigest() != card.get("sha256"):
            raise ModelDamaged(name, f"the sha256 of {place} is not the one on its card")
        return data

    def _place(self, name: str) -> Traversable:
        if self._own is not None and (self._own / name / CARD).is_file():
            return self._own / name
        return self._root / name

    def arrays(self, name: str) -> Mapping[str, np.ndarray]:
        """Loads the arrays of a model (.npz, no pickles), by name. Raises ModelMissing, ModelDamaged."""
        if name not in self._loaded:
            try:
                with np.load(io.BytesIO(self.read(name)), allow_pickle=False) as file:
                    self._loaded[name] = {key: _frozen(file[key]) for key in file.files}
            except (ValueError, OSError) as error:
                raise ModelDamaged(name, str(error)) from None
        return self._loaded[name]

    def copy(self, name: str, folder: Path) -> None:
        """Copies a model with its card, and all that lies beside them, into another folder of models. Raises ModelMissing."""
        self.card(name)
        (folder / name).mkdir(parents=True, exist_ok=True)
        for place in self._place(name).iterdir():
            if place.is_file():
                (folder / name / place.name).write_bytes(place.read_bytes())

    def version(self, name: str) -> str:
        """Returns the first eight hex digits of the file's sha256: part of every version that depends on it."""
        return self.sha256(name)[:8]

    def sha256(self, name: str) -> str:
        """Returns the sha256 of the model's file, as its card states it."""
        return str(self.card(name).get("sha256", ""))


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


@cache
def shipped() -> Models:
    """Returns the models that come with the package."""
    return Models()


def save(folder: Path, name: str, arrays: Mapping[str, np.ndarray], card: Mapping[str, Any]) -> None:
    """Writes models/<name>/arrays.npz and its card; `card` brings made_by, data, seed, scores and limits."""
    save_file(folder, name, ARRAYS, packed(arrays), card)


def packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Packs arrays into the bytes of arrays.npz. They depend on the arrays only: numpy stamps a fixed date into the archive."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **dict(arrays))
    return buffer.getvalue()


def save_file(folder: Path, name: str, file: str, data: bytes, card: Mapping[str, Any]) -> None:
    """Writes models/<name>/<file> and its card, likewise."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    (place / file).write_bytes(data)
    (place / CARD).write_text(card_text(file, data, card), encoding="utf-8")
    (place / "__init__.py").touch()


def card_text(file: str, data: bytes, card: Mapping[str, Any]) -> str:
    """Writes the card of a model's file, as TOML text."""
    lines = [f'file = "{file}"', f'sha256 = "{hashlib.sha256(data).hexdigest()}"']
    lines += [f"{key} = {_toml(value)}" for key, value in card.items()]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{text}"'
