"""verify: a comparison of two prints, or of a print with an enrolled person's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import Exit, notes, out, write_json
from biomatch.cli.scores import fmr_words, llr_words, threshold_of

if TYPE_CHECKING:
    from biomatch.bureau.workshop import Workshop
    from biomatch.template import Template


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.PRINTS)(verify)


def verify(
    a: Annotated[Path, typer.Argument(metavar="A", help="Image or template.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Image or template.")],
    fmr: options.Threshold = None,
    ppi: options.Ppi = None,
    extractor: options.Extractor = options.EXTRACTOR,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Compare two prints.

    The score is -10 log10 of the false match rate: 40 means that one pair of different fingers in 10,000 scores as high.
    """
    with inputs.workshop(models, 2, extractor) as shop:
        first, second = (_template(shop, path, ppi) for path in (a, b))
    comparison = inputs.compare(first, second, models)
    threshold = None if fmr is None else threshold_of(fmr)
    match = None if threshold is None else comparison.score >= threshold
    pairs = [
        {"a": int(i), "b": int(j), "weight": round(float(weight), 3)} for i, j, weight in zip(*comparison.pairs, strict=True)
    ]
    if as_json:
        found: dict[str, Any] = {
            "score": comparison.score,
            "llr": comparison.llr,
            "extrapolated": comparison.extrapolated,
            "threshold": threshold,
            "match": match,
            "minutiae": [len(first.minutiae), len(second.minutiae)],
            "pairs": pairs,
            "motion": comparison.motion,
            "warnings": [*first.warnings, *second.warnings],
        }
        write_json(found)
    else:
        out.print(
            f"score [bold]{comparison.score:.1f}[/]: {fmr_words(comparison.score, comparison.extrapolated)}", soft_wrap=True
        )
        out.print(f"log10 likelihood ratio {comparison.llr:+.2f}: {llr_words(comparison.llr)}")
        out.print(f"{len(pairs)} corresponding minutiae of {len(first.minutiae)} and {len(second.minutiae)}")
        notes((*first.warnings, *second.warnings))
        if match is not None:
            out.print(f"[bold]{'match' if match else 'no match'}[/] at a false match rate of {fmr:g} (score {threshold:.1f})")
    if match is False:
        raise typer.Exit(Exit.NO)


def _template(shop: Workshop, path: Path, ppi: float | None) -> Template:
    with inputs.about(path):
        return shop.templates(inputs.upload(path, ppi=ppi))[0]
