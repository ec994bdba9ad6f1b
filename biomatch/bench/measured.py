"""The object of a benchmark: which models, by the sha256 of their files, and which code, by a digest of each room of it.

Every result says both in the same way, so that a page can tell a result that is older than what it was measured on.
"""

from __future__ import annotations

import ast
import hashlib
import io
import tokenize
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import biomatch
from biomatch.learned import Models, shipped
from biomatch.synthesis.fingers import MODEL as FINGERS

ENGINE = ("imaging", "extraction", "quality", "descriptors", "comparison", "calibration", "index", "gallery")
BUREAU = (*ENGINE, "store", "bureau", "service")
FILES = ("imaging", "formats")
MATTER = {  # rooms that results depend on, by the beginning of their names; of all others it is the engine
    **dict.fromkeys(("http", "import", "service", "soak", "kills", "power", "replays", "tamperings", "attack"), BUREAU),
    **dict.fromkeys(("formats", "fuzz", "transactions", "slaps"), FILES),
    **dict.fromkeys(("crowding", "likeness", "minutiae", "latents", "fusion"), (*ENGINE, "synthesis")),
}

PACKAGE = "package/"  # before the name of a model that is the package's, where the others are not
Used = Models | Mapping[str, Models] | None
"""The models of a folder; several folders by name, each held out from something else; None: those of the package."""


def hashes(used: Used = None) -> dict[str, str]:
    """Returns the sha256 of the files of all models that took part, by name; of several folders by FOLDER/NAME.

    Beside models of another folder stands package/fingers: synthetic prints are drawn from that of the package.
    """
    if used is None or used is shipped():
        return _of(shipped())
    folders = {"": used} if isinstance(used, Models) else used
    found = {f"{name}/{model}".lstrip("/"): sha256 for name, one in folders.items() for model, sha256 in _of(one).items()}
    return found | ({f"{PACKAGE}{FINGERS}": shipped().sha256(FINGERS)} if found else {})


def _of(models: Models) -> dict[str, str]:
    return {name: models.sha256(name) for name in models.names()}


def code(name: str) -> dict[str, str]:
    """Returns digests of the rooms on which a benchmark's result depends."""
    rooms = next((rooms for beginning, rooms in MATTER.items() if name.startswith(beginning)), ENGINE)
    return {room: digest(Path(biomatch.__file__).parent / room) for room in rooms}


@cache
def digest(room: Path) -> str:
    """Digests the code of all files of a folder: comments, docstrings and empty lines may change."""
    found = hashlib.sha256()
    for path in sorted(room.rglob("*.py")):
        found.update(f"{path.relative_to(room).as_posix()}\n{bare(path.read_text(encoding='utf-8'))}\n".encode())
    return found.hexdigest()[:16]


def bare(source: str) -> str:
    """Returns Python source without comments, docstrings and empty lines."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            lines[token.start[0] - 1] = lines[token.start[0] - 1][: token.start[1]]
    for first, last in _docstrings(ast.parse(source)):
        lines[first - 1 : last] = [""] * (last - first + 1)
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _docstrings(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """Yields the first and last line of each docstring."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
                yield first.lineno, first.end_lineno or first.lineno


def changed(document: Mapping[str, Any]) -> list[str] | None:
    """Lists what a result was measured on and is not so today: rooms, and models that shipped. None: the result does not say.

    Models of another folder than the package's may be any.
    """
    if "code" not in document:
        return None
    models: Mapping[str, str] = document["models"]
    shipped_then = {} if any("/" in name for name in models) else models
    today = code(str(document["benchmark"]))
    rooms = [room for room, then in document["code"].items() if today.get(room) != then]
    return rooms + [f"models/{name}" for name, then in shipped_then.items() if hashes().get(name) != then]
