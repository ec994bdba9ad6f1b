"""Calibrations that a gallery's owner fitted to an own sensor: each in a folder whose name is the hash of what is in it.

    calibrations/<sha256>/calibration/{arrays.npz, card.toml}
    calibrations/<sha256>/search_rates/{arrays.npz, card.toml}

Earlier ones stay: a past search is repeated with the calibration that it had. They hold numbers of laws, and name nobody.
Which one holds is a setting of the gallery, of which the audit tree has a leaf for each change.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from biomatch import private
from biomatch.durable import sync
from biomatch.errors import CalibrationDamaged
from biomatch.learned import SHIPPED
from biomatch.store.database import translated

CALIBRATIONS = "calibrations"  # folder of them
CALIBRATION = "calibration"  # the setting: name of the one that holds, or `SHIPPED`
CALIBRATED = ("calibration", "search_rates")  # models that one holds
_NEW = ".new"  # of one that is being written: no leaf names it


class Calibrations:
    """The calibrations of one gallery's folder."""

    def __init__(self, folder: Path):
        self.folder = folder / CALIBRATIONS
        self._gallery = folder

    def sweep(self) -> None:
        """Takes away what an act that was cut short has left. Raises StoreFailed."""
        with translated(self._gallery):
            for path in self.folder.glob(f"*{_NEW}"):
                shutil.rmtree(path)

    def keep(self, files: Mapping[str, bytes]) -> str:
        """Keeps a calibration, durable on return; returns its name.

        Raises DiskFull, StoreFailed.
        """
        name = name_of(files)
        place = self.folder / name
        with translated(self._gallery):
            if place.is_dir() and name_of(_read(place)) == name:
                return name
            new = place.with_suffix(_NEW)
            shutil.rmtree(new, ignore_errors=True)
            try:
                for path, data in files.items():
                    private.make_folder((new / path).parent)
                    private.write_bytes(new / path, data)
                    sync(new / path)
                for folder in [*sorted({(new / path).parent for path in files}), new]:
                    sync(folder)
            except OSError:
                shutil.rmtree(new, ignore_errors=True)
                raise
            shutil.rmtree(place, ignore_errors=True)
            os.replace(new, place)
            sync(self.folder)
            sync(self._gallery)
        return name

    def place(self, name: str | None) -> Path | None:
        """Returns the folder of a calibration that was kept; None for the shipped one. Raises CalibrationDamaged."""
        if name is None or name == SHIPPED:
            return None
        place = self.folder / name
        with translated(self._gallery):
            if place.parent != self.folder or not place.is_dir():
                raise CalibrationDamaged(str(self._gallery), name, "it is gone")
            if name_of(_read(place)) != name:
                raise CalibrationDamaged(str(self._gallery), name, "its files are not those that were kept")
        return place

    def names(self) -> list[str]:
        """Lists all that were kept, sorted; those that are damaged, too. Raises StoreFailed."""
        with translated(self._gallery):
            found = self.folder.iterdir() if self.folder.is_dir() else ()
            return sorted(path.name for path in found if path.is_dir() and path.suffix != _NEW)

    def faults(self) -> dict[str, str]:
        """Says in words what is wrong with each damaged one."""
        found = {}
        for name in self.names():
            try:
                self.place(name)
            except CalibrationDamaged as error:
                found[name] = str(error.values["reason"])
        return found

    def read(self, name: str) -> dict[str, bytes]:
        """Reads the files of one that was kept, by their paths there. Raises CalibrationDamaged."""
        place = self.place(name)
        return {} if place is None else _read(place)


def name_of(files: Mapping[str, bytes]) -> str:
    """Computes SHA-256, in hex, of the paths and of what the files hold."""
    lines = [f"{hashlib.sha256(files[path]).hexdigest()} {path}\n" for path in sorted(files)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _read(place: Path) -> dict[str, bytes]:
    """Reads every file of a calibration, by its path there."""
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}
