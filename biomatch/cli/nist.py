"""nist: ANSI/NIST-ITL transactions, read, taken apart, searched with, enrolled and made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from biomatch import private, spreadsheet
from biomatch.cli import identifying, inputs, options
from biomatch.cli.console import (
    Exit,
    complain,
    err,
    error_json,
    out,
    plain,
    progress,
    table,
    warn,
    write_bytes,
    write_json,
    writing,
)
from biomatch.cli.making import ORIGIN, POSITIONS, finger_words, make, position_name
from biomatch.errors import BadImage, BadInput, BiomatchError, NothingToDo, Unavailable
from biomatch.words import counted

if TYPE_CHECKING:
    from biomatch.bureau import Actor, Bureau
    from biomatch.formats.nist import Fault, ImageRecord, Marks, Summary, Transaction
    from biomatch.imaging import Decoder

nist = typer.Typer(
    name="nist",
    help="ANSI/NIST-ITL transactions, as police agencies exchange them.",
    no_args_is_help=True,
)

TransactionFile = Annotated[Path, typer.Argument(metavar="FILE", help="A transaction: .an2, .eft, .nst, whatever its name.")]
_WHY_MISSING = {"XX": "amputated", "UP": "unable to print"}  # codes of ANSI/NIST-ITL
_RECORDS = {
    1: "transaction", 2: "description", 3: "image, grey, low resolution", 4: "image, grey, 500 ppi",
    5: "image, bi-level, low resolution", 6: "image, bi-level, 500 ppi", 7: "image, the sender's own kind", 8: "signature",
    9: "minutiae", 10: "face, scar, mark or tattoo", 13: "latent", 14: "fingerprint", 15: "palm print", 16: "test image",
    17: "iris", 18: "DNA", 19: "footprint", 20: "source image", 21: "other context", 22: "image, not photographic",
    98: "assurance", 99: "CBEFF",
}  # fmt: skip
_SUFFIX = {"WSQ20": ".wsq", "WSQ": ".wsq", "JPEGB": ".jpg", "JPEGL": ".jpg", "JP2": ".jp2", "JP2L": ".jp2", "PNG": ".png"}


def add_to(app: typer.Typer) -> None:
    app.add_typer(nist, rich_help_panel=options.BUREAU)


@nist.command()
def show(
    file: TransactionFile,
    png: Annotated[
        Path | None, typer.Option("--png", metavar="DIR", help="Write every image as PNG into this folder, slaps' fingers too.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """List the records of a transaction, its images, its marks, and what is wrong with it."""
    from biomatch.formats import nist as codec

    transaction = _read(file)
    images = codec.images(transaction)
    marks, faults = codec.marks(transaction)
    candidates, lines = codec.respondents(transaction) if transaction.first.text(4) == codec.RESULT else ([], [])
    wrong = [*transaction.faults, *faults, *lines, *(fault for image in images for fault in image.faults)]
    found = {
        "type": transaction.first.text(4),
        "version": transaction.first.text(2),
        "from": transaction.first.text(8),
        "to": transaction.first.text(7),
        "number": transaction.first.text(9),
        "answers": transaction.first.text(10) or None,
        "records": [_record_json(transaction, number) for number in range(1, len(transaction.records) + 1)],
        "images": [_image_json(image) for image in images],
        "marks": [_marks_json(one) for one in marks],
        "candidates": candidates,
        "messages": [{"field": f"2.{one.field:03}", "text": one.text} for one in codec.messages(transaction)],
        "faults": [{"record": one.record, "field": one.field, "offset": one.offset, "reason": one.reason} for one in wrong],
    }
    if png is not None:
        with _decoder() as decoder:
            for _ in _written(images, png, decoder, as_png=True):
                pass
    if as_json:
        write_json(found)
    else:
        _print_transaction(found, images)
        for one in wrong:
            _say_fault(one)


@nist.command()
def extract(
    file: TransactionFile,
    output: options.ToFolder,
    as_json: options.Json = False,
) -> None:
    """Write each image as it stands in its record, each finger of a slap as PNG, each print of marks as a minutiae record.

    And manifest.csv, which `biomatch enrol --manifest` reads: all prints, and whose they are as the sender calls them.
    """
    from biomatch import formats
    from biomatch.formats import nist as codec

    transaction = _read(file)
    person = codec.person_in(transaction) or file.stem
    images = codec.images(transaction)
    with _decoder() as decoder:
        rows = list(_written(images, output, decoder, as_png=False))
    marks, faults = codec.marks(transaction)
    for one in marks:
        name = f"{one.record:02}-marks.ist"
        write_bytes(output / name, formats.write([one.template], formats.RecordFormat.ISO2005))
        rows.append((name, one.template.position.words.replace(" ", "-"), one.template.impression.name.lower(), ""))
    lines = [("path", "person", "position", "impression", "ppi"), *((name, person, *rest) for name, *rest in rows)]
    _write_csv(output / "manifest.csv", lines)
    for fault in (*transaction.faults, *faults, *(fault for image in images for fault in image.faults)):
        _say_fault(fault)
    if as_json:
        write_json({"folder": output, "person": person, "files": [name for name, *_ in rows]})
    else:
        out.print(f"wrote {counted(len(rows), 'print')} of {person} to {output}", soft_wrap=True)


@nist.command()
def search(
    file: TransactionFile,
    gallery: options.Gallery,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the answer as a transaction: SRE, or ERR.")
    ] = None,
    top: Annotated[
        int | None, typer.Option("--top", min=1, max=1000, help="Length of the list. Default: what the request says, else 20.")
    ] = None,
    purpose: options.Purpose = "",
    legal_basis: options.LegalBasis = "",
    extractor: options.Extractor = options.EXTRACTOR,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Search a gallery with a transaction's prints, one of each finger: whose are they?"""
    from biomatch.bureau import SearchRequest, Upload
    from biomatch.bureau.transactions import error_of, expected_in, result_of
    from biomatch.formats import nist as codec

    data = inputs.read_bytes(file)
    actor = inputs.actor().searching_for(purpose, legal_basis)
    request: Summary | None = None
    try:
        request = codec.summary(data)
        with (
            progress() as bar,
            inputs.opened(gallery, models, extractor=extractor, create=False, progress=bar) as bureau,
        ):
            upload = Upload(data, file.name, summary=request)
            found = bureau.searches.identify([upload], actor, SearchRequest(top=top or expected_in(request)))
    except BiomatchError as error:
        if output is not None:
            write_bytes(output, error_of(error, request, ORIGIN).to_bytes())
        raise (error if request else error.about(str(file))) from None
    if output is not None:
        write_bytes(output, result_of(found, request, ORIGIN).to_bytes())
    row = identifying.row_of([file], found)
    if as_json:
        write_json({**row, "notes": request.notes})
    else:
        identifying.print_list(row)


@nist.command()
def enrol(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Transactions, each of one person.")],
    gallery: options.Gallery,
    person: Annotated[
        str | None, typer.Option("--person", metavar="P", help="Person of these prints. Default: what field 2.009 says.")
    ] = None,
    label: options.Labels = None,
    extractor: options.Extractor = options.EXTRACTOR,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Enrol the prints of transactions: images, slaps cut into fingers, marks.

    Refused are those whose plain prints are the mates of rolled ones with other fingers' names.
    """
    rows: list[dict[str, Any]] = []
    with (
        progress() as bar,
        inputs.opened(gallery, models, extractor=extractor, progress=bar) as bureau,
    ):
        bar.start("Enrolling", len(files))
        for file in files:
            try:
                rows.append(_enrol(bureau, file, person, frozenset(label or ()), inputs.actor()))
            except BadInput as error:
                rows.append({"path": file, "error": error.about(str(file))})
            bar.advance()
    if len(rows) == 1 and "error" in rows[0]:
        raise rows[0]["error"]
    if as_json:
        write_json([row | {"error": error_json(row["error"])} if "error" in row else row for row in rows])
    else:
        for row in rows:
            _print_enrolled(row)
    if any("error" in row or row["prints"][0].left_out for row in rows):
        raise typer.Exit(Exit.BAD_INPUT)


def _print_enrolled(row: dict[str, Any]) -> None:
    if "error" in row:
        complain(row["error"].message)
        return
    prints = counted(len(row["prints"]), "print")
    fingers = counted(len({one.position for one in row["prints"]}), "finger")
    out.print(f"{row['path']}: enrolled {prints} of {fingers} of {row['person']}", soft_wrap=True)
    for warning in dict.fromkeys(warning for one in row["prints"] for warning in one.warnings):
        warn(f"{row['path']}: {warning}")
    if left_out := row["prints"][0].left_out:
        complain(f"{row['path']}: not all of it was enrolled: {'; '.join(left_out)}")


def _enrol(bureau: Bureau, file: Path, person: str | None, labels: frozenset[str], actor: Actor) -> dict[str, Any]:
    from biomatch.bureau import Upload
    from biomatch.formats import nist as codec

    data = inputs.read_bytes(file)
    request = codec.summary(data)
    named = person or request.person
    if not named:
        raise NothingToDo("it does not say whose prints these are (field 2.009); say it with --person")
    upload = Upload(data, file.name, summary=request)
    return {"path": file, "person": named, "prints": bureau.encounters.enrol(named, [upload], actor, labels=labels)}


nist.command()(make)


def _read(file: Path) -> Transaction:
    from biomatch.formats import nist as codec

    with inputs.about(file):
        return codec.read(inputs.read_bytes(file))


def _say_fault(fault: Fault) -> None:
    err.print(f"[yellow]fault:[/] {escape(str(fault))}", soft_wrap=True)


def _decoder() -> Decoder:
    from biomatch.imaging import Decoder

    return Decoder()


def _written(
    images: Sequence[ImageRecord], folder: Path, decoder: Decoder, *, as_png: bool
) -> Iterator[tuple[str, str, str, str]]:
    """Writes images; name, position, impression and ppi of each print. What cannot be decoded is said and left out."""
    from biomatch.imaging import ImageFormat, encode, slap

    for image in images:
        if image.fault is not None:
            continue
        stem = f"{image.record:02}-{_name_of(image)}"
        impression = image.impression.name.lower()
        try:
            if as_png or image.bare is not None or image.is_slap:
                grey = decoder.decode(image.data, ppi=image.ppi, limits=image.limits, bare=image.bare)
            if as_png or image.bare is not None:
                write_bytes(folder / f"{stem}.png", encode(grey.pixels, ImageFormat.PNG))
                suffix, ppi = ".png", 500.0
            else:
                suffix, ppi = _SUFFIX[image.compression], image.ppi or 500.0
                write_bytes(folder / (stem + suffix), image.data)
            if len(image.fingers) == 1 and not image.is_slap and image.is_comparable:
                yield stem + suffix, image.fingers[0].words.replace(" ", "-"), impression, f"{ppi:g}"
            if image.is_slap:
                found = slap.segment(grey, image.fingers)
                for warning in found.warnings:
                    warn(f"record {image.record}: {warning}")
                for number, (one, own) in enumerate(zip(found.fingers, slap.cut(grey, found), strict=True), start=1):
                    finger = one.position.words.replace(" ", "-") if one.position else f"finger-{number}"
                    write_bytes(folder / f"{stem}-{finger}.png", encode(own.pixels, ImageFormat.PNG))
                    yield f"{stem}-{finger}.png", one.position.words.replace(" ", "-"), impression, "500"
        except (BadImage, Unavailable) as error:
            complain(f"record {image.record}: {error.message}")


def _name_of(image: ImageRecord) -> str:
    names = {code: name for name, code in POSITIONS.items()}
    code = image.positions[0]
    if code in names:
        return names[code]
    return image.fingers[0].words.replace(" ", "-") if image.fingers and not image.is_slap else f"position-{code}"


def _record_json(transaction: Transaction, number: int) -> dict[str, Any]:
    record = transaction.records[number - 1]
    what = _RECORDS.get(record.type, "unknown")
    return {"record": number, "type": record.type, "what": what, "idc": record.idc, "bytes": len(record.to_bytes())}


def _image_json(image: ImageRecord) -> dict[str, Any]:
    return {
        "record": image.record,
        "type": image.type,
        "idc": image.idc,
        "positions": image.positions,
        "names": [position_name(code) for code in image.positions],
        "fingers": image.fingers,
        "impression": image.impression,
        "width": image.width,
        "height": image.height,
        "ppi": image.ppi,
        "compression": image.compression,
        "bytes": len(image.data),
        "missing": [
            {"finger": finger, "name": position_name(finger), "code": code, "reason": _WHY_MISSING.get(code)}
            for finger, code in image.missing
        ],
        "boxes": image.boxes,
        "qualities": [{**plain(one), "name": position_name(one.finger)} for one in image.qualities],
        "comparable": image.is_comparable,
    }


def _marks_json(one: Marks) -> dict[str, Any]:
    return {
        "record": one.record,
        "layout": one.layout,
        "position": one.template.position,
        "minutiae": len(one.template.minutiae),
        "cores": len(one.cores),
        "deltas": len(one.deltas),
        "pattern": one.pattern or None,
        "assessment": one.assessment or None,
    }


def _print_transaction(found: dict[str, Any], images: Sequence[ImageRecord]) -> None:
    title = f"{found['type']} {found['number']} from {found['from']} to {found['to']}, version {found['version']}"
    shown = table("record", "type", "IDC", "bytes", "what", title=title, right=("record", "type", "IDC", "bytes"))
    by_record: dict[int, str] = {image.record: _image_words(image) for image in images}
    by_record |= {
        one["record"]: f"{counted(one['minutiae'], 'minutia', 'minutiae')}, {one['layout']} {one['pattern'] or ''}".rstrip()
        for one in found["marks"]
    }
    for record in found["records"]:
        idc = "" if record["idc"] is None else f"{record['idc']:02}"
        words = by_record.get(record["record"], "")
        shown.add_row(str(record["record"]), str(record["type"]), idc, f"{record['bytes']:,}", words)
    out.print(shown)
    for one in found["messages"]:
        out.print(escape(f"{one['field']}: {one['text']}"), soft_wrap=True)
    for one in found["candidates"]:
        out.print(f"{one.rank}. {one.person}  score {one.score:.1f}, log10 LR {one.llr:+.2f}", soft_wrap=True)


def _image_words(image: ImageRecord) -> str:
    resolution = "ppi not said" if image.ppi is None else f"{image.ppi:g} ppi"
    gone = "".join(f", {finger_words(finger)} missing ({_WHY_MISSING.get(code, code)})" for finger, code in image.missing)
    kind = image.impression.words
    return f"{_name_of(image)}, {kind}, {image.width} x {image.height} px, {resolution}, {image.compression}{gone}"


def _write_csv(path: Path, lines: Sequence[Sequence[str]]) -> None:
    with writing(path), private.opened(path, "w", newline="", encoding="utf-8") as file:
        file.writelines(map(spreadsheet.line, lines))
