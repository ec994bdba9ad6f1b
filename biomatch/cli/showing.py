"""show: a print with its minutiae, or a pair with its corresponding minutiae, as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import out, write_bytes, write_json
from biomatch.words import counted

if TYPE_CHECKING:
    from biomatch.bureau.drawing import Panel
    from biomatch.bureau.workshop import Workshop


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.PRINTS)(show)


def show(
    a: Annotated[Path, typer.Argument(metavar="A", help="Image or template.")],
    b: Annotated[Path | None, typer.Argument(metavar="[B]", help="A second one, to show what corresponds.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="PNG", help="Picture to write.")] = Path("print.png"),
    ppi: options.Ppi = None,
    extractor: options.Extractor = options.EXTRACTOR,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Draw a print with its minutiae, or two with their numbered correspondences, and a scale in mm.

    Circles are ridge endings, squares bifurcations; a stroke shows the direction, a faint mark a doubtful minutia.
    """
    import numpy as np

    from biomatch.bureau import drawing

    paths = [a] if b is None else [a, b]
    panels = _panels(paths, ppi, models, extractor)
    count = 0
    if len(panels) == 1:
        write_bytes(output, drawing.print_picture(panels[0]))
    else:
        comparison = inputs.compare(panels[0].template, panels[1].template, models)
        count = len(comparison.pairs[0])
        write_bytes(output, drawing.pair_picture(panels[0], panels[1], np.column_stack(comparison.pairs[:2])))
    if as_json:
        write_json({"picture": output, "minutiae": [len(one.template.minutiae) for one in panels], "pairs": count})
    else:
        out.print(f"{output}: {_words(panels, count)}", soft_wrap=True)


def _panels(paths: list[Path], ppi: float | None, models: Path | None, extractor: str) -> list[Panel]:
    with inputs.workshop(models, len(paths), extractor) as shop:
        return [_panel(shop, path, ppi) for path in paths]


def _panel(shop: Workshop, path: Path, ppi: float | None) -> Panel:
    from biomatch.bureau.drawing import Panel

    with inputs.about(path):
        examined = shop.examine(inputs.upload(path, ppi=ppi), picture=True)[0]
    return Panel.of(
        f"{path.name}   {counted(len(examined.template.minutiae), 'minutia', 'minutiae')}", examined.template, examined.picture
    )


def _words(panels: list[Panel], pairs: int) -> str:
    if len(panels) == 1:
        return counted(len(panels[0].template.minutiae), "minutia", "minutiae")
    return counted(pairs, "corresponding minutia", "corresponding minutiae")
