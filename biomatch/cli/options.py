"""Options that several commands share, so that they are spelled and explained alike."""

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
        help="What finds minutiae: classical, learned, or learned-synthetic, which never saw a person's print.",
    ),
]
EXTRACTOR = "learned"
Gallery = Annotated[
    Path,
    typer.Option("--gallery", "-g", envvar="BIOMATCH_GALLERY", metavar="DIR", help="Folder of the gallery."),
]
MaybeGallery = Annotated[
    Path | None,
    typer.Option("--gallery", "-g", envvar="BIOMATCH_GALLERY", metavar="DIR", help="Folder of the gallery."),
]
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
    typer.Option("--purpose", envvar="BIOMATCH_PURPOSE", metavar="TEXT", help="What the search is for; goes into the audit."),
]
LegalBasis = Annotated[
    str,
    typer.Option("--legal-basis", envvar="BIOMATCH_LEGAL_BASIS", metavar="TEXT", help="What allows it; goes into the audit."),
]
Threshold = Annotated[
    float | None,
    typer.Option("--fmr", metavar="P", help="False match rate to decide at, such as 0.0001; exit code 1 says no match."),
]
