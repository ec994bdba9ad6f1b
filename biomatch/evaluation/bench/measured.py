"""What a benchmark measured: which models, by the sha256 of their files. Every result says it in the same way."""

from __future__ import annotations

from collections.abc import Mapping

from biomatch.learned import Models, shipped
from biomatch.synthesis.fingers import MODEL as FINGERS

Used = Models | Mapping[str, Models] | None
"""The models of a folder; several folders by name, each held out from something else; None: those of the package."""


def hashes(used: Used = None) -> dict[str, str]:
    """sha256 of the files of all models that took part, by name; of several folders by FOLDER/NAME.

    Beside models of another folder stands PACKAGE/fingers: synthetic strangers are drawn from that of the package.
    """
    if used is None or used is shipped():
        return _of(shipped())
    folders = {"": used} if isinstance(used, Models) else used
    found = {f"{name}/{model}".lstrip("/"): sha256 for name, one in folders.items() for model, sha256 in _of(one).items()}
    return found | ({f"package/{FINGERS}": shipped().sha256(FINGERS)} if found else {})


def _of(models: Models) -> dict[str, str]:
    return {name: models.sha256(name) for name in models.names()}
