"""Refuses names that a request uses and nobody reads: a misspelt option would be passed over in silence."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from biomatch.errors import UnknownField

UNSUPPORTED = frozenset(
    (
        "callback", "priority", "offset", "algorithm", "encounterId", "clientData", "contextualData", "instance", "imageRef",
        "templateRef", "captureDevice", "width", "height", "bitdepth", "mimeType", "compression", "missing", "metadata",
        "comment", "templateFormat", "quality", "qualityFormat", "vendor",
    )
)  # fmt: skip
"""OSIA's names (ABIS interface) for what is neither read nor kept here."""


def unknown(what: str, name: str, known: Collection[str]) -> UnknownField:
    """Makes the error that refuses a name and tells which one was probably meant.

    what   kind of name, such as "parameter" or "field"
    known  names that are read in its place
    """
    if name in UNSUPPORTED:
        return UnknownField(what, name, "OSIA has it, but it is neither read nor kept here: leave it out")
    spelt = {one.casefold(): one for one in sorted(known)}
    if near := difflib.get_close_matches(name[:100].casefold(), spelt, n=1):
        return UnknownField(what, name, f"did you mean '{spelt[near[0]]}'?")
    if not known:
        return UnknownField(what, name, "none is read here")
    return UnknownField(what, name, f"there are {', '.join(sorted(known))}")


def check(what: str, given: Collection[str], known: Collection[str]) -> None:
    """Raises UnknownField for the first given name that is not known."""
    for name in given:
        if name not in known:
            raise unknown(what, name, known)
