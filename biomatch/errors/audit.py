"""The audit tree, its keys and proofs; backups."""

from __future__ import annotations

from biomatch.errors.base import BadInput, Conflict, NotFound


class PurposeMissing(BadInput):
    code = "purpose-missing"

    def __init__(self) -> None:
        super().__init__(
            "this bureau searches only for a purpose and on a legal basis, and one of them was not given; "
            "give both: --purpose and --legal-basis, over HTTP purpose and legalBasis"
        )


class BadText(BadInput):
    code = "bad-text"

    def __init__(self, what: str, text: str, limit: int):
        super().__init__(
            f"{text[:80]!r} cannot be a {what}; write one line of at most {limit} printable characters",
            what=what,
            text=text[:80],
            limit=limit,
        )


class LeafNotFound(NotFound):
    code = "leaf-not-found"

    def __init__(self, number: int):
        super().__init__(f"the audit tree has no leaf {number}; a checkpoint says how many there are", number=number)


class WrongTreeSize(BadInput):
    code = "wrong-tree-size"

    def __init__(self, first: int, second: int, size: int):
        super().__init__(
            f"no tree of {first:,} leaves grew into one of {second:,}: there are {size:,}; give two sizes up to that, "
            "the smaller first",
            first=first,
            second=second,
            size=size,
        )


class BadBackup(BadInput):
    code = "bad-backup"

    def __init__(self, folder: str, reason: str):
        super().__init__(
            f"{folder} cannot be restored: {reason}; give a folder that `biomatch backup` finished, as it left it",
            folder=folder,
            reason=reason,
        )


class BackupChanged(BadBackup):
    code = "backup-changed"

    def __init__(self, folder: str, reason: str):
        BadInput.__init__(
            self,
            f"{folder} was changed since it was backed up: {reason}; nothing was restored, give another backup",
            folder=folder,
            reason=reason,
        )


class NoKeysThere(BadInput):
    code = "no-keys-there"

    def __init__(self, folder: str):
        super().__init__(
            f"{folder} holds no keys of a gallery (data.keys); name the folder that `biomatch backup --keys` wrote",
            folder=folder,
        )


class BackupPlaceRefused(BadInput):
    code = "backup-place-refused"

    def __init__(self, what: str, folder: str, inside: str, place: str):
        super().__init__(
            f"{what} cannot go to {folder}: that lies in {inside}, {place}; name a folder in another place",
            what=what,
            folder=folder,
            place=place,
        )


class BadCheckpoint(BadInput):
    code = "bad-checkpoint"

    def __init__(self, reason: str):
        super().__init__(
            f"a checkpoint cannot be trusted: {reason}; give the note as it was handed out, and the signing bureau's key",
            reason=reason,
        )


class BadProof(BadInput):
    code = "bad-proof"

    def __init__(self, path: str, reason: str):
        super().__init__(
            f"{path} proves nothing: {reason}; give a file that `biomatch audit prove` or `export` wrote",
            path=path,
            reason=reason,
        )


class KeyMissing(Conflict):
    code = "key-missing"

    def __init__(self, path: str):
        super().__init__(f"the key {path} is gone; put it back from where you keep a copy of the folder's keys", path=path)


class KeyDamaged(Conflict):
    code = "key-damaged"

    def __init__(self, path: str, reason: str):
        super().__init__(
            f"the key {path} cannot be used: {reason}; put it back from where you keep a copy of the folder's keys",
            path=path,
            reason=reason,
        )
