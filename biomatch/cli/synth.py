"""synth: synthetic fingerprints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from biomatch.cli import options
from biomatch.cli.console import out, progress, write_json


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Make synthetic fingerprints.")
    group.command()(sample)
    group.callback()(_group)  # keeps `sample` a word of its own while it is the only one
    app.add_typer(group, name="synth", rich_help_panel=options.MEASURE)


def _group() -> None:
    """Make synthetic fingerprints."""


def sample(
    folder: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where the sample is written.")],
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Names the fingers.")] = 2026,
    as_json: options.Json = False,
) -> None:
    """Write the sample that ships: prints to enrol, probes, and a manifest with the truth."""
    from biomatch.synthesis import sample as sampling

    with progress() as bar:
        count = sampling.write(folder, seed, progress=bar)
    size = sum(path.stat().st_size for path in folder.rglob("*.png"))
    if as_json:
        write_json({"folder": str(folder), "prints": count, "bytes": size, "seed": seed})
    else:
        out.print(f"wrote {count} prints, {size / 1e6:.1f} MB, to {folder}")
