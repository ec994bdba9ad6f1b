"""Options that several commands share: each is declared once, so that it is spelled and explained alike everywhere.

An option that only commands of one file have stands in that file. tests/cli/test_options.py holds the commands to it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PRINTS = "Prints"
GALLERIES = "Galleries"
BUREAU = "Run a bureau"
MEASURE = "Measure and make"

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Models = Annotated[
    Path | None,
    typer.Option("--models", envvar="BIOMATCH_MODELS", metavar="DIR", help="Folder of models instead of those that ship."),
]
Ppi = Annotated[
    float | None,
    typer.Option("--ppi", metavar="N", help="Resolution of the images. Default: what the file says, else 500."),
]
Extractor = Annotated[
    str,
    typer.Option(
        "--extractor",
        envvar="BIOMATCH_EXTRACTOR",
        metavar="NAME",
        help="The extractor of minutiae: classical, learned, or learned-synthetic, which never saw a person's print.",
    ),
]
EXTRACTOR = "learned"
_GALLERY = typer.Option("--gallery", "-g", envvar="BIOMATCH_GALLERY", metavar="DIR", help="Folder of the gallery.")
Gallery = Annotated[Path, _GALLERY]
MaybeGallery = Annotated[Path | None, _GALLERY]
Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        envvar="BIOMATCH_DATABASE",
        metavar="URL",
        help="An empty PostgreSQL database for the rows, postgresql://USER@HOST/NAME. Default: SQLite in the folder.",
    ),
]
Purpose = Annotated[
    str,
    typer.Option(
        "--purpose", envvar="BIOMATCH_PURPOSE", metavar="TEXT", help="The purpose of the search; goes into the audit."
    ),
]
LegalBasis = Annotated[
    str,
    typer.Option(
        "--legal-basis",
        envvar="BIOMATCH_LEGAL_BASIS",
        metavar="TEXT",
        help="The law or order that allows it; goes into the audit.",
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option("--fmr", metavar="P", help="False match rate to decide at, such as 0.0001; exit code 1 says no match."),
]
Effort = Annotated[str, typer.Option("--effort", help="fast, normal or exhaustive.")]
Labels = Annotated[list[str] | None, typer.Option("--label", metavar="NAME", help="Label to search by later; may be repeated.")]
ToFolder = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to write to.")]

# what measures, and what is learned from prints

RealPrints = Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder of real prints with a manifest.csv.")]
MaybeRealPrints = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Folder of real prints with a manifest.csv. Default: synthetic ones."),
]
Manifests = Annotated[
    list[Path],
    typer.Option("--data", metavar="PATH", help="Prints: a folder with a manifest.csv, or a manifest; may be repeated."),
]
OnlySets = Annotated[list[str] | None, typer.Option("--only", metavar="SET", help="Only this set; may be repeated.")]
Folds = Annotated[
    Path | None,
    typer.Option("--held-out", metavar="DIR", help="Search each group of sets with its fold of `biomatch train --folds`."),
]
HeldOut = Annotated[
    Path | None,
    typer.Option("--held-out", metavar="DIR", help="Models that never saw the set they score: one folder a group."),
]
Processes = Annotated[int, typer.Option("--processes", metavar="N", min=1, help="Processes to spread the work over.")]
UntimedProcesses = Annotated[int, typer.Option("--processes", metavar="N", min=1, help="Processes for work that is not timed.")]
PrintsSeed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Names the synthetic prints.")]
Sizes = Annotated[str, typer.Option("--sizes", metavar="N,N,...", help="Prints in the gallery, or in each of several.")]
KeptTemplates = Annotated[Path | None, typer.Option("--work", metavar="DIR", help="Keep templates here, for the next time.")]
Results = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of results: NAME.json and its plots.")]
RESULTS = Path("bench-results")
Against = Annotated[
    Path | None, typer.Option("--against", metavar="JSON", help="Earlier result: print what changed, as ratios.")
]
Replace = Annotated[bool, typer.Option("--replace", help="Write over a result of the same name.")]
