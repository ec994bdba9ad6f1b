"""The place of a benchmark's result, and how it is shown: what every command of `bench` has in common."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from biomatch.cli.console import Exit, out, table, write_json
from biomatch.errors import BadSize

if TYPE_CHECKING:
    from biomatch.bench.frame import Run

CHANGED = 0.1  # a ratio that differs less from one is not printed unless all are asked for


class Result:
    """The place of one result; made before the work, so that nothing is measured in vain."""

    def __init__(self, name: str, folder: Path, against: Path | None, replace: bool, as_json: bool):
        from biomatch.bench import frame
        from biomatch.bench.report import against as comparing

        self._old = None if against is None else comparing.read(against, name)
        self._against, self._folder, self._as_json = against, folder, as_json
        self._written: list[Path] = []
        frame.claim(folder, name, replace)

    def write(self, run: Run) -> dict[str, Any]:
        """Writes the result and its plots; returns the document."""
        from biomatch.bench.report import plots

        path = run.save(self._folder)
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        self._written = [path, *plots.draw(document, self._folder)]
        return document

    def finish(self, run: Run, found: Sequence[str] = (), *, quiet: bool = False) -> None:
        """Writes the result and its plots, and prints it, what changed, and what was found that must not be: exit code 1."""
        document = self.write(run)
        if self._as_json:
            write_json(document)
        else:
            if not quiet:
                _print(document)
            if self._old is not None and self._against is not None:
                _print_ratios(document, self._old, self._against)
            for words in found:
                out.print(f"found: {words}", style="red", markup=False, soft_wrap=True)
            out.print(f"wrote {', '.join(map(str, self._written))}", soft_wrap=True)
        if found:
            raise typer.Exit(Exit.NO)


def several(names: Sequence[str], folder: Path, against: Path | None, replace: bool, as_json: bool) -> list[Result]:
    """Makes the results of one command. The earlier result is compared with the one of its name. Raises BadBaseline where none
    has it."""
    from biomatch.bench.report import against as comparing

    compared = None if against is None else comparing.read(against, *names)["benchmark"]
    return [Result(name, folder, against if name == compared else None, replace, as_json) for name in names]


def sizes_of(text: str) -> list[int]:
    """Reads numbers: "1000,10k,1M". Raises BadSize."""
    found = []
    for word in text.replace("_", "").split(","):
        digits, scale = word.strip().lower(), 1
        if digits[-1:] in ("k", "m"):
            digits, scale = digits[:-1], {"k": 1_000, "m": 1_000_000}[digits[-1]]
        if not digits.isdecimal() or not int(digits):
            raise BadSize("the gallery's sizes", f"'{text}'", "give whole numbers above 0, such as 1000,10000")
        found.append(int(digits) * scale)
    return found


def _print(document: dict[str, Any]) -> None:
    shown = table("figure", "p50", "p95", "p99", "unit", "repeats", right=("p50", "p95", "p99", "repeats"))
    plain = []
    for name, one in document["figures"].items():
        if isinstance(one, dict) and "p50" in one:
            values = [f"{one[point]:,g}" for point in ("p50", "p95", "p99")]
            shown.add_row(name, *values, one.get("unit", ""), f"{one['repeats']:,}")
        elif isinstance(one, int | float):
            plain.append(f"{name}: {one:,g}")
    if shown.row_count:
        out.print(shown)
    for sentence in plain:
        out.print(sentence)


def _print_ratios(new: dict[str, Any], old: dict[str, Any], path: Path) -> None:
    from biomatch.bench.report import against

    ratios = against.compare(new, old)
    shown = table("figure", "then", "now", "ratio", right=("then", "now", "ratio"))
    for one in ratios:
        if abs(one.ratio - 1) >= CHANGED:
            shown.add_row(one.name, f"{one.old:,g}", f"{one.new:,g}", f"{one.ratio:.2f}")
    out.print(f"against {path} ({old.get('date')}, {old.get('commit')}): {shown.row_count} of {len(ratios)} figures changed by "
              f"{CHANGED:.0%} or more", soft_wrap=True)  # fmt: skip
    for note in against.unlike(new, old):
        out.print(f"[yellow]note:[/] {note}", soft_wrap=True)
    if shown.row_count:
        out.print(shown)
