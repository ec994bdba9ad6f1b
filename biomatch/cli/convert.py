"""convert: an image or a template in another format."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import notes, out, size_words, write_bytes
from biomatch.errors import BadTemplate, NothingToDo


class Target(StrEnum):
    PNG = "png"
    JP2 = "jp2"
    WSQ = "wsq"
    ISO2005 = "iso2005"
    ISO2011 = "iso2011"
    ANSI2004 = "ansi2004"
    BIOMATCH = "biomatch"


IMAGES = (Target.PNG, Target.JP2, Target.WSQ)
SUFFIXES = {
    ".png": Target.PNG, ".jp2": Target.JP2, ".wsq": Target.WSQ, ".ist": Target.ISO2005, ".fmr": Target.ISO2005,
    ".bmt": Target.BIOMATCH,
}  # fmt: skip


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.PRINTS)(convert)


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="An image, a template, or a minutiae record.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")],
    form: Annotated[
        Target | None, typer.Option("--to", help="Default: by OUT's name: .png, .jp2, .wsq, .ist or .fmr (ISO 2005), .bmt.")
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option("--rate", metavar="BPP", min=0.1, max=8, help="WSQ's bits a pixel: 0.75 (15 to 1) or 2.25 (5 to 1)."),
    ] = None,
    ppi: options.Ppi = None,
) -> None:
    """Write an image as PNG, lossless JPEG 2000 or WSQ, or a template as another kind of record.

    Images keep their pixels and their resolution; records keep all their prints, and extended data where the other
    standard has a place for them.
    """
    from biomatch import formats
    from biomatch.imaging import header

    chosen = form or SUFFIXES.get(target.suffix.lower())
    if chosen is None:
        raise NothingToDo(f"{target.name} does not say its format; give --to, or end it in {', '.join(SUFFIXES)}")
    if rate is not None and chosen is not Target.WSQ:
        raise NothingToDo(f"--rate is of WSQ, and {target} will be {chosen.value}; leave it out, or write WSQ")
    data = inputs.read_bytes(source)
    with inputs.about(source):
        if formats.is_record(data):
            written = _template(data, chosen)
        elif chosen in IMAGES:
            written = _image(data, chosen, ppi, rate)
        else:
            header.kind_of(data)
            raise NothingToDo(f"it is an image, {chosen.value} a template; `biomatch extract` makes the one from the other")
    write_bytes(target, written)
    out.print(f"wrote {target}: {size_words(len(written))} from {size_words(len(data))}", soft_wrap=True)


def _template(data: bytes, chosen: Target) -> bytes:
    from biomatch import formats

    if chosen in IMAGES:
        raise NothingToDo("a template holds no picture; choose iso2005, iso2011, ansi2004 or biomatch")
    views = formats.read_views(data)
    if chosen is not Target.BIOMATCH:
        return formats.write(views, formats.RecordFormat(chosen.value))
    if len(views) > 1:
        raise BadTemplate(f"the record holds {len(views)} prints, a template of biomatch one; convert it to iso2011")
    return views[0].template.to_bytes()


def _image(data: bytes, chosen: Target, ppi: float | None, rate: float | None) -> bytes:
    from biomatch.imaging import PPI, Decoder, ImageFormat, encode, header, is_wsq_of, wsq

    head = header.read(data)
    tagged = ppi or head.ppi
    if tagged is None:
        raise NothingToDo("the image does not say its resolution; say it with --ppi")
    with Decoder() as decoder:
        image = decoder.decode(data, ppi=PPI)  # as if at 500 ppi: no pixel is changed
    notes(image.warnings)
    if chosen is Target.WSQ and rate is None and is_wsq_of(data, image, ppi=head.ppi or tagged):
        return data if tagged == head.ppi else wsq.with_ppi(data, round(tagged))  # compressed once, and not again
    return encode(image.pixels, ImageFormat(chosen.value), ppi=tagged, rate=rate)
