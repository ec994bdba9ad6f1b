"""Encryption at rest: the master key, the file of data keys, and what is sealed under them."""

from __future__ import annotations

from biomatch.errors.base import BadInput, Conflict


class MasterKeyMissing(Conflict):
    code = "master-key-missing"

    def __init__(self, place: str):
        super().__init__(
            f"the master key {place} is not there; put it back, or say with BIOMATCH_MASTER_KEY_FILE where it is", place=place
        )


class MasterKeyUnreadable(Conflict):
    code = "master-key-unreadable"

    def __init__(self, place: str, reason: str):
        super().__init__(
            f"{place} gives no master key: {reason}; it is one line, 32 bytes in base64, as `biomatch init` writes it",
            place=place,
            reason=reason,
        )


class MasterKeyWrong(Conflict):
    code = "master-key-wrong"

    def __init__(self, folder: str, wanted: str, given: str, place: str):
        super().__init__(
            f"{folder} is locked by the master key {wanted}, and {place} gives {given}; give the one that was made last",
            folder=folder,
            wanted=wanted,
            given=given,
            place=place,
        )


class MasterKeyInUse(BadInput):
    code = "master-key-in-use"

    def __init__(self, key: str):
        super().__init__(f"the gallery is locked by the key {key} already; name a file that is not there yet", key=key)


class NewPlaceNeeded(BadInput):
    code = "new-place-needed"

    def __init__(self) -> None:
        super().__init__("this gallery's master key lies outside its folder; say with --to where the new one shall lie")


class SealBroken(Conflict):
    code = "seal-broken"

    def __init__(self, what: str, reason: str):
        super().__init__(f"{what} cannot be opened: {reason}; put it back from a backup", what=what, reason=reason)


class SealKeyGone(Conflict):
    code = "seal-key-gone"

    def __init__(self, what: str):
        super().__init__(
            f"the key of {what} is gone: it was destroyed, the file of keys is damaged, or it is an older one; "
            "put back the newest keys/data.keys",
            what=what,
        )
