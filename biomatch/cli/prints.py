"""extract, quality: the content of one print."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from biomatch.cli import inputs, options
from biomatch.cli.console import Exit, complain, error_json, notes, out, plain, progress, table, write_bytes, write_json
from biomatch.errors import BiomatchError, NothingToDo

if TYPE_CHECKING:
    from biomatch.bureau.cases import Examined
    from biomatch.template import Template


class Format(StrEnum):
    JSON = "json"
    ISO2005 = "iso2005"


SUFFIX = {Format.JSON: ".json", Format.ISO2005: ".ist"}
KINDS = ("other", "ending", "bifurcation")

Images = Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Images or templates; folders are searched.")]


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.PRINTS)(extract)
    app.command(rich_help_panel=options.PRINTS)(quality)


def extract(
    images: Images,
    form: Annotated[Format, typer.Option("--format", help="Form in which each print is written.")] = Format.JSON,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="PATH", help="File to write, or folder where several prints are given."),
    ] = None,
    trace: Annotated[
        Path | None, typer.Option("--trace", metavar="DIR", help="Write each stage's output as an image into this folder.")
    ] = None,
    ppi: options.Ppi = None,
    extractor: options.Extractor = options.EXTRACTOR,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Find the minutiae of prints.

    JSON goes to stdout: `{"minutiae": [{"x", "y", "angle", "type", "quality"}], "quality", "width", "height",
    "warnings"}`, a list of these when several prints are given. Positions are px at 500 ppi from the top left corner;
    angles are radians, counter-clockwise from east, y up. An ISO/IEC 19794-2:2005 record needs `--output`.
    """
    paths = inputs.files_in(images)
    if form is Format.ISO2005 and output is None:
        raise NothingToDo("a record is binary; say where it goes with --output FILE")
    if trace is not None:
        _write_traces(paths, trace, ppi, models, extractor)
    found = _examined(paths, ppi, models, extractor)
    done = [(path, one[0].template) for path, one in found if not isinstance(one, BiomatchError)]
    failed = [(path, one) for path, one in found if isinstance(one, BiomatchError)]
    _refuse_alone(failed, paths)
    rows = [{"path": path, "error": error_json(error)} for path, error in failed] if as_json else []
    if output is not None:
        _write_templates(done, output, form, several=len(paths) > 1)
        if as_json:
            write_json([*({"path": path, "minutiae": len(template.minutiae)} for path, template in done), *rows])
    elif len(paths) == 1:
        write_json(template_json(*done[0]))
    else:
        write_json([*(template_json(path, template) for path, template in done), *rows])
    if failed:
        _say_failed(() if as_json else failed)
        raise typer.Exit(Exit.BAD_INPUT)


def quality(
    images: Images,
    ppi: options.Ppi = None,
    extractor: options.Extractor = options.EXTRACTOR,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Say of each image how good it is, 0 to 100, whether it passes, and why to take it again."""
    paths = inputs.files_in(images)
    rows: list[dict[str, Any]] = []
    found = _examined(paths, ppi, models, extractor)
    failed = [(path, one) for path, one in found if isinstance(one, BiomatchError)]
    _refuse_alone(failed, paths)
    for path, examined in found:
        if isinstance(examined, BiomatchError):
            rows.append({"path": path, "error": error_json(examined)})
        else:
            one = examined[0]
            rows.append(
                {
                    "path": path,
                    "quality": one.score,
                    "passed": one.passed,
                    "reasons": one.reasons,
                    "minutiae": len(one.template.minutiae),
                    "warnings": one.template.warnings,
                }
            )
    if as_json:
        write_json(rows)
    else:
        _print_quality([row for row in rows if "error" not in row])
        _say_failed(failed)
    if failed:
        raise typer.Exit(Exit.BAD_INPUT)


def _refuse_alone(failed: Sequence[tuple[Path, BiomatchError]], paths: Sequence[Path]) -> None:
    """Raises the error of the only print that was given."""
    if failed and len(paths) == 1:
        raise failed[0][1]


def _say_failed(failed: Sequence[tuple[Path, BiomatchError]]) -> None:
    for _, error in failed:
        complain(error.message)


def _examined(
    paths: Sequence[Path], ppi: float | None, models: Path | None, extractor: str
) -> list[tuple[Path, list[Examined] | BiomatchError]]:
    """Returns every file's views or error, in order; an error names its file."""
    found: list[tuple[Path, list[Examined] | BiomatchError]] = []
    with progress() as bar, inputs.workshop(models, len(paths), extractor) as shop:
        bar.start("Extracting", len(paths))
        for start in range(0, len(paths), BATCH):
            block = paths[start : start + BATCH]
            found += zip(block, _examine_block(shop, block, ppi), strict=True)
            bar.advance(len(block))
    return [(path, one.about(str(path)) if isinstance(one, BiomatchError) else one) for path, one in found]


BATCH = 16


def _examine_block(shop: Any, block: Sequence[Path], ppi: float | None) -> list[list[Examined] | BiomatchError]:
    results: dict[Path, list[Examined] | BiomatchError] = {}
    uploads = []
    for path in block:
        try:
            uploads.append((path, inputs.upload(path, ppi=ppi)))
        except BiomatchError as error:
            results[path] = error
    results |= zip((path for path, _ in uploads), shop.examine_each([upload for _, upload in uploads]), strict=True)
    return [results[path] for path in block]


def template_json(path: Path, template: Template) -> dict[str, Any]:
    """Returns a template as `extract` prints it."""
    m = template.minutiae
    columns = zip(m.x.tolist(), m.y.tolist(), m.angle.tolist(), m.kind.tolist(), m.quality.tolist(), strict=True)
    return {
        "path": path,
        "minutiae": [
            {"x": x, "y": y, "angle": round(angle, 4), "type": KINDS[kind], "quality": round(value, 2)}
            for x, y, angle, kind, value in columns
        ],
        "quality": template.quality,
        "width": template.width,
        "height": template.height,
        "warnings": template.warnings,
        "extractor": template.extractor,
    }


def _write_templates(done: Sequence[tuple[Path, Template]], output: Path, form: Format, *, several: bool) -> None:
    import json

    from biomatch import formats

    for path, template in done:
        target = output / (path.stem + SUFFIX[form]) if several or output.is_dir() else output
        if form is Format.JSON:
            data = (json.dumps(plain(template_json(path, template)), indent=2) + "\n").encode()
        else:
            data = formats.write_iso2005([template])
        write_bytes(target, data)


def _write_traces(paths: Sequence[Path], folder: Path, ppi: float | None, models: Path | None, extractor: str) -> None:
    """Writes each image's stages into a folder of its own (the folder itself for one image)."""
    from biomatch import formats
    from biomatch.cli.stages import ImageTrace
    from biomatch.extraction import open_extractor
    from biomatch.imaging import Decoder

    opened = open_extractor(extractor, inputs.models_of(models))
    with Decoder() as decoder:
        for path in paths:
            data = inputs.read_bytes(path)
            if formats.is_record(data):
                continue
            with inputs.about(path):
                image = decoder.decode(data, ppi=ppi)
            with ImageTrace(folder if len(paths) == 1 else folder / path.stem, image.pixels) as trace:
                opened.extract(image, trace=trace)


def _print_quality(rows: Sequence[dict[str, Any]]) -> None:
    """Shows a table; warnings that all prints share stand below it, once."""
    said = [set(row["warnings"]) for row in rows]
    common = set.intersection(*said) if len(said) > 1 else set()
    shown = table("print", "quality", "minutiae", "passes", "reasons", right=("quality", "minutiae"), whole=("print",))
    for row in rows:
        name = escape(Path(row["path"]).name)
        own = (*row["reasons"], *(warning for warning in row["warnings"] if warning not in common))
        words = "; ".join(dict.fromkeys(own))
        score = "-" if row["quality"] is None else str(row["quality"])
        shown.add_row(name, score, str(row["minutiae"]), "[green]yes[/]" if row["passed"] else "[red]no[/]", words)
    if rows:
        out.print(shown)
    notes(sorted(common))
