"""The place of a gallery's master key, and its change for another.

The key lies in the folder (`keys/master.key`) unless whoever runs the gallery keeps it elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from biomatch.crypto import NEW, MasterKey, erase_secret, replace_secret, settle_secret
from biomatch.durable import sync
from biomatch.errors import MasterKeyInUse, MasterKeyMissing, MasterKeyUnreadable, MasterKeyWrong, NewPlaceNeeded
from biomatch.observe import NO_TRACE, Trace
from biomatch.store.database import translated
from biomatch.store.keys.keyring import Keyring

KEYS = "keys"  # folder of them
DATA_KEYS = Path(KEYS) / "data.keys"
MASTER_KEY = Path(KEYS) / "master.key"


@dataclass(frozen=True)
class KeyPlace:
    """text: the master key itself, in base64; file: where it is. Neither: it lies in the gallery's folder."""

    file: Path | None = None
    text: str = field(default="", repr=False)


def open_keyring(folder: Path, place: KeyPlace, identity: str | None, trace: Trace = NO_TRACE) -> Keyring:
    """Opens the keys of a gallery; a new gallery gets some, and a master key where `place` names none that exists.

    identity  of the keyring that this gallery's rows are sealed with; None: nothing is sealed yet

    Raises MasterKeyMissing, MasterKeyUnreadable, MasterKeyWrong, KeyMissing, KeyDamaged, DiskFull, StoreFailed.
    """
    path, own = folder / DATA_KEYS, folder / MASTER_KEY
    new = identity is None and not path.exists()
    try:
        with translated(folder):
            master = _master(folder, place, new)
            if new:
                Keyring.make(path, master)
        found = Keyring(path, master, trace)
    except (MasterKeyWrong, MasterKeyUnreadable):
        if place != KeyPlace() or not _successor(own).exists():
            raise
        found = Keyring(path, MasterKey.parse(_successor(own).read_text(), str(own)), trace)
    if place == KeyPlace():
        with translated(folder):
            _take_place(found, own)
    return found


def rotate(keyring: Keyring, folder: Path, to: Path | None, trace: Trace = NO_TRACE) -> MasterKey:
    """Wraps all keys anew, under a new master key; the old one opens nothing any more.

    to  file of the new key, made where it is not there; None: in the folder, in the place of the old one

    An old key that lies in the folder is overwritten. One rotation or backup at a time. Raises NewPlaceNeeded, MasterKeyInUse,
    MasterKeyUnreadable, DiskFull, StoreFailed.
    """
    own = folder / MASTER_KEY
    with keyring.held():
        inside = keyring.master.place == str(own)
        if to is None and not inside:
            raise NewPlaceNeeded
        if inside:
            with translated(folder):
                _take_place(keyring, own)
        place = _successor(own) if to is None else to
        with translated(folder):
            if to is None or not to.exists():
                MasterKey.make(str(own if to is None else to)).write(place)
        master = MasterKey.read(place)
        if master.id == keyring.master.id:
            raise MasterKeyInUse(master.id)
        trace("master-written", master.id)
        keyring.rewrap(MasterKey.parse(place.read_text(), str(own if to is None else to)))
        trace("keys-rewrapped", master.id)
        with translated(folder):
            if to is None:
                _take_place(keyring, own)
            elif inside:
                erase_secret(own)
                sync(own.parent)
        trace("master-replaced", master.id)
        return keyring.master


def _take_place(keyring: Keyring, own: Path) -> None:
    """Ends a change of the master key in the folder: a successor that wraps the keys takes its place, and the old key is
    overwritten. A rotation that comes after one that failed must not write its own successor over the only key."""
    successor = _successor(own)
    if _holds(successor, keyring.master):
        replace_secret(successor, own)
    settle_secret(own)


def _holds(path: Path, master: MasterKey) -> bool:
    try:
        return MasterKey.read(path).id == master.id
    except (FileNotFoundError, MasterKeyUnreadable):
        return False


def lies_inside(keyring: Keyring, folder: Path) -> bool:
    """Tells whether a person who takes the folder has the master key too."""
    return Path(keyring.master.place).resolve().is_relative_to(folder.resolve())


def _master(folder: Path, place: KeyPlace, new: bool) -> MasterKey:
    if place.text:
        return MasterKey.parse(place.text, "the environment")
    path = place.file or folder / MASTER_KEY
    try:
        return MasterKey.read(path)
    except FileNotFoundError:
        if not new:
            raise MasterKeyMissing(str(path)) from None
    made = MasterKey.make(str(path))
    made.write(path)
    return made


def _successor(path: Path) -> Path:
    return path.with_name(path.name + NEW)
