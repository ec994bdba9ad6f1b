"""nist make: a transaction of images and marks, with what is doubtful about them told before anybody sends it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import notes, out, size_words, warn, write_bytes
from biomatch.errors import BadText, NothingToDo, UnknownName
from biomatch.vocabulary import FingerPosition, names_of, position_of
from biomatch.words import counted, is_visible

if TYPE_CHECKING:
    from biomatch.formats.nist import Picture
    from biomatch.imaging import Decoder
    from biomatch.template import Template

ORIGIN = "BIOMATCH"
POSITIONS = {"right-four": 13, "left-four": 14, "thumbs": 15, "plain-right-thumb": 11, "plain-left-thumb": 12}


class Form(StrEnum):
    WSQ = "wsq"
    JP2 = "jp2"
    PNG = "png"


def make(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The transaction to write.")],
    prints: Annotated[
        list[str],
        typer.Argument(
            metavar="POSITION[:TYPE]=IMAGE...",
            help=(
                "right-index=a.png, right-index:rolled=b.png, right-four=slap.wsq, left-four, thumbs, unknown:latent=l.png; "
                "TYPE is plain, rolled, latent, or a full name."
            ),
        ),
    ],
    kind: Annotated[
        str, typer.Option("--type", metavar="TOT", help="CPS searches, ATP enrols, MPS searches by a latent.")
    ] = "CPS",
    person: Annotated[str, typer.Option("--person", metavar="P", help="Name of the person, in field 2.009.")] = "",
    expected: Annotated[
        int | None,
        typer.Option("--candidates", metavar="N", min=1, max=1000, help="Number of candidates wanted, in field 2.320."),
    ] = None,
    marks: Annotated[
        list[Path] | None,
        typer.Option("--marks", metavar="FILE", help="Template whose minutiae become an EFS record of type 9."),
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="Format of the images; latents are JPEG 2000 or PNG.")] = Form.WSQ,
    origin: Annotated[str, typer.Option("--from", metavar="AGENCY", help="Agency that sends it.")] = ORIGIN,
    destination: Annotated[str, typer.Option("--to", metavar="AGENCY", help="Agency that receives it.")] = "UNKNOWN",
    ppi: options.Ppi = None,
) -> None:
    """Make a transaction: a search or an enrolment, with images at 500 ppi, and marks."""
    from biomatch.formats import nist as codec
    from biomatch.imaging import Decoder

    kind = _kind_of(kind)
    for what, text, optional in (("sender", origin, False), ("receiver", destination, False), ("person", person, True)):
        _check_text(what, text, optional=optional)
    with Decoder() as decoder:
        pictures = [_picture(one, form, ppi, decoder) for one in prints]
    _tell_repeated(pictures)
    templates = [_marks(path) for path in marks or ()]
    made = codec.request(
        kind,
        pictures,
        codec.Envelope(origin, destination),
        person=person,
        latent_marks=templates,
        expected=expected,
    ).to_bytes()
    write_bytes(output, made)
    out.print(f"wrote {output}: {counted(len(pictures), 'image')}, {size_words(len(made))}", soft_wrap=True)


def _kind_of(text: str) -> str:
    """Reads a type of transaction that asks for something. Raises NothingToDo; one that biomatch does not know is told."""
    from biomatch.bureau.transactions import ENROLMENTS, SEARCHES
    from biomatch.formats import nist as codec

    kind, known = text.upper(), sorted(SEARCHES | ENROLMENTS)
    if kind in (codec.RESULT, codec.ERROR) or re.fullmatch(r"[A-Z0-9]{3,16}", kind) is None:
        raise NothingToDo(f"{text!r} is no type of a request; give {', '.join(known)}, or 3 to 16 letters and digits")
    if kind not in known:
        warn(f"{kind} is none of the types that biomatch answers, {', '.join(known)}; it is written as you say")
    return kind


def _check_text(what: str, text: str, *, optional: bool) -> None:
    """Refuses what a field of one line does not hold: separators, or nothing where something must stand. Raises BadText."""
    from biomatch.formats.nist import MAX_TEXT

    if len(text) > MAX_TEXT or not text.isprintable() or not (optional or is_visible(text)):
        raise BadText(what, text, MAX_TEXT)


def _tell_repeated(pictures: Sequence[Picture]) -> None:
    """Warns of several images of one finger that were taken alike: one of them may be another finger's."""
    for (position, impression), count in Counter((one.position, one.impression) for one in pictures).items():
        if count > 1 and position:  # 0: the finger is not known
            name = position_name(position).replace("_", "-")
            warn(f"{name} is there {count} times, {impression.words}; see whether one of them is another finger")


def _marks(path: Path) -> Template:
    from biomatch import formats

    with inputs.about(path):
        return formats.read_template(inputs.read_bytes(path))


def _picture(text: str, form: Form, ppi: float | None, decoder: Decoder) -> Picture:
    from biomatch.extraction import ridge_spacing
    from biomatch.extraction.ridge_period import PeriodParams
    from biomatch.extraction.ridge_spacing import SpacingParams
    from biomatch.formats.nist import Picture
    from biomatch.imaging import ImageFormat, is_wsq_of
    from biomatch.vocabulary import ImpressionType, impression_of

    place, found, path = text.partition("=")
    if not found:
        raise NothingToDo(f"'{text}' names no image; write POSITION=IMAGE, such as right-index=a.png")
    name, _, kind = place.partition(":")
    impression = impression_of(kind or "plain")
    position = _position_code(name)
    if impression is ImpressionType.UNKNOWN:
        impression = ImpressionType.LIVE_SCAN_PLAIN
    with inputs.about(Path(path)):
        data = inputs.read_bytes(Path(path))
        image = decoder.decode(data, ppi=ppi)
    notes(image.warnings)
    if doubt := ridge_spacing.doubt_of(image.pixels, image.ppi, SpacingParams(), PeriodParams()):
        warn(f"{path}: {doubt}")
    chosen = ImageFormat.JP2 if impression.is_latent and form is Form.WSQ else ImageFormat(form.value)
    file = data if chosen is ImageFormat.WSQ and is_wsq_of(data, image) else b""
    return Picture(image.pixels, position, impression, form=chosen, file=file)


def _position_code(name: str) -> int:
    """Reads the position of a finger, or of a slap. Raises UnknownName."""
    if name in POSITIONS:
        return POSITIONS[name]
    try:
        return int(position_of(name))
    except UnknownName as error:
        raise UnknownName("position", name, [*names_of(FingerPosition), *POSITIONS]) from error


def position_name(code: int) -> str:
    """Returns the name as the enums of JSON are written: right_index, right_four."""
    names = {code: name for name, code in POSITIONS.items()}
    return (names.get(code) or finger_words(code)).replace("-", "_").replace(" ", "_")


def finger_words(code: int) -> str:
    return FingerPosition(code).words if code in list(FingerPosition) else f"position {code}"
