"""Makes templates from uploads, and reads what transactions hold. Sandboxed workers read transactions, and decode and extract
images, several at once; minutiae records are read here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import cv2
import numpy as np

from biomatch import deadlines, formats, imaging
from biomatch.bureau.cases import Examined, Upload
from biomatch.errors import BadTransaction, BiomatchError, ContradictsFile, NothingGiven, TooManyPrints, UnreadableImage
from biomatch.extraction import DEFAULT, Extractor, open_extractor
from biomatch.formats import nist
from biomatch.imaging import header, slap
from biomatch.imaging.slap import Region
from biomatch.learned import Models
from biomatch.quality import Assessment
from biomatch.template import Template, is_template
from biomatch.vocabulary import FingerPosition, ImpressionType
from biomatch.workers import Pool

OWN_TEMPLATE = "application/x-biomatch-template"
RECORD = "application/x-finger-minutiae-record"  # of ISO/IEC 19794-2 or ANSI INCITS 378
MEDIA_TYPES = {"PGM": "image/x-portable-graymap"}  # of formats whose name is not their media type's
_SAME_PPI = 0.01  # records round their resolution to px a cm
UNASSESSED = "a template has no picture whose quality could be judged"

Result = TypeVar("Result")
Named = TypeVar("Named", FingerPosition, ImpressionType)


@dataclass(frozen=True)
class Cutting:
    """The cut of an image that holds more, or other, than one print's file into such files.

    fingers  that it shows, from left to right; one: it is only made a file
    boxes    where they lie, if whoever sent it says so
    bare     width and height where the bytes are nothing but pixels
    limits   of what is decoded
    """

    fingers: tuple[FingerPosition, ...]
    boxes: tuple[Region, ...] = ()
    bare: tuple[int, int] | None = None
    limits: imaging.Limits = imaging.LIMITS


@dataclass(frozen=True)
class Piece:
    """One print cut out. picture: PNG, 8-bit grey at 500 ppi."""

    position: FingerPosition
    picture: bytes


@dataclass(frozen=True)
class Task:
    """The order for a worker about an image's bytes: the template with the image's assessment, its picture, or its pieces.

    transaction  the bytes are a transaction, of which its summary is wanted and nothing else
    latent       what lies beside the print may be anything; else an image of several prints is refused
    """

    data: bytes
    ppi: float | None
    template: bool = True
    picture: bool = False
    cutting: Cutting | None = None
    transaction: bool = False
    latent: bool = False


@dataclass(frozen=True)
class Made:
    """The product of a worker: what the task did not want is None or empty. `picture`: PNG, 8-bit grey at 500 ppi."""

    template: Template | None
    assessment: Assessment | None
    picture: bytes
    pieces: tuple[Piece, ...] = ()
    warnings: tuple[str, ...] = ()
    summary: nist.Summary | None = None


def set_up(models: Models | None = None, extractor: str = DEFAULT) -> Extractor:
    """Runs once in each worker, before its limits: loads the models, and compiles what a first print needs."""
    imaging.warm()
    opened = open_extractor(extractor, models)
    waves = 127 + 100 * np.sin(np.hypot(*np.mgrid[0:160, 0:160]) * (2 * np.pi / 9))  # arches of nine px a ridge
    opened.examine(imaging.GreyImage.of(waves.astype(np.uint8)))
    return opened


def work(extractor: Extractor, task: Task) -> Made:
    """Runs in a worker, on one image or transaction."""
    if task.transaction:
        return Made(None, None, b"", summary=nist.summary(task.data))
    if task.cutting is not None:
        return _cut(task.data, task.ppi, task.cutting)
    image = imaging.decode(task.data, ppi=task.ppi)
    template, assessment = None, None
    if task.template:
        template, assessment = extractor.examine(slap.check_single(image, latent=task.latent))
    return Made(template, assessment, _png(image) if task.picture else b"")


def _cut(data: bytes, ppi: float | None, how: Cutting) -> Made:
    image = imaging.decode(data, ppi=ppi, limits=how.limits, bare=how.bare)
    if len(how.fingers) == 1:
        return Made(None, None, b"", (Piece(how.fingers[0], _png(image)),))
    found = slap.boxed(image, how.fingers, how.boxes) if how.boxes else slap.segment(image, how.fingers)
    pictures = slap.cut(image, found)
    pieces = tuple(Piece(one.position, _png(own)) for one, own in zip(found.fingers, pictures, strict=True))
    return Made(None, None, b"", pieces, found.warnings)


def _png(image: imaging.GreyImage) -> bytes:
    return cv2.imencode(".png", image.pixels)[1].tobytes()


class Workshop:
    """The place where uploads become templates.

    pool     processes that were set up with `set_up` and do `work`
    version  of the extractor that images go through
    """

    def __init__(self, pool: Pool[Made], version: str, processes: int):
        self.version = version
        self._pool = pool
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="workshop")

    def templates(self, upload: Upload) -> list[Template]:
        """Makes the one template of an image, or all of a record. Raises BadInput, Unavailable."""
        if not upload.data:
            raise NothingGiven("print", empty=upload.name)
        if formats.is_record(upload.data):
            views = formats.read_views(upload.data)
            for view in views:
                agreed_ppi(upload.ppi, view.ppi)
            return [_labelled(view.template, _checked(upload, view.template)) for view in views]
        return [_labelled(_made(self._pool.call(Task(upload.data, upload.ppi, latent=upload.impression.is_latent))), upload)]

    def each(self, uploads: Sequence[Upload], most: int | None = None) -> list[list[Template] | BiomatchError]:
        """Makes the `templates` of every upload, or says why there are none, in order; all workers take part.

        most  prints that the uploads may hold all together: records are read first, and where they hold more, no image is
              extracted. Raises TooManyPrints, DeadlinePassed.
        """
        return self._over(uploads, self.templates, most)

    def examine(self, upload: Upload, *, picture: bool = False) -> list[Examined]:
        """Makes the templates of an upload and assesses an image's quality; adds its picture if wanted. Raises BadInput,
        Unavailable."""
        if not upload.data or formats.is_record(upload.data):
            found = self.templates(upload)
            return [Examined(template, template.quality, True, (UNASSESSED,), name=upload.name) for template in found]
        made = self._pool.call(Task(upload.data, upload.ppi, picture=picture, latent=upload.impression.is_latent))
        assert made.assessment is not None
        return [
            Examined(
                _labelled(_made(made), upload),
                made.assessment.score,
                made.assessment.passed,
                made.assessment.reasons,
                made.picture,
                upload.name,
            )
        ]

    def examine_each(
        self, uploads: Sequence[Upload], most: int | None = None, *, picture: bool = False
    ) -> list[list[Examined] | BiomatchError]:
        """Calls `examine` on every upload, or says why it failed, in order; all workers take part. most: as in `each`."""
        return self._over(uploads, partial(self.examine, picture=picture), most)

    def summary(self, data: bytes) -> nist.Summary:
        """Reads what a transaction holds. Raises BadTransaction, TransactionTooLarge, Unavailable."""
        try:
            made = self._pool.call(Task(data, None, template=False, transaction=True))
        except UnreadableImage as lost:
            raise BadTransaction(f"reading it failed, {lost.values['reason']}", 1, None, None, 0) from None
        assert made.summary is not None
        return made.summary

    def cut(self, data: bytes, ppi: float | None, how: Cutting) -> tuple[tuple[Piece, ...], tuple[str, ...]]:
        """Cuts an image's prints into files of their own, and says what does not fit the claim. Raises BadInput,
        Unavailable."""
        made = self._pool.call(Task(data, ppi, template=False, cutting=how))
        return made.pieces, made.warnings

    def picture(self, data: bytes, ppi: float | None) -> bytes:
        """Makes a PNG of an image, 8-bit grey at 500 ppi. Raises BadInput, Unavailable."""
        return self._pool.call(Task(data, ppi, template=False, picture=True)).picture

    @property
    def queue(self) -> tuple[int, int]:
        """Images that wait for a process, and processes that have one."""
        return self._pool.waiting, self._pool.busy

    def warm(self) -> None:
        """Starts the processes, so that the first upload does not wait for them."""
        self._pool.warm()

    def _over(
        self, uploads: Sequence[Upload], step: Callable[[Upload], list[Result]], most: int | None
    ) -> list[list[Result] | BiomatchError]:
        read = _records_read(uploads, step, most)
        others = iter(self._side_by_side([upload for number, upload in enumerate(uploads) if number not in read], step))
        return [read[number] if number in read else next(others) for number in range(len(uploads))]

    def _side_by_side(
        self, uploads: Sequence[Upload], step: Callable[[Upload], list[Result]]
    ) -> list[list[Result] | BiomatchError]:
        """Calls a function on several uploads in threads; for a single one the request would wait for a thread."""
        if len(uploads) == 1:
            return [_outcome(step, uploads[0])]
        contexts = [copy_context() for _ in uploads]  # of the request, with its deadline
        return list(self._threads.map(lambda context, upload: context.run(_outcome, step, upload), contexts, uploads))

    def close(self) -> None:
        self._threads.shutdown()
        self._pool.close()


def media_type(data: bytes) -> str:
    """Returns the media type of an upload that was read without error, by its first bytes: its header may be as long as the
    file."""
    if formats.is_record(data):
        return OWN_TEMPLATE if is_template(data) else RECORD
    kind = header.kind_of(data)
    return MEDIA_TYPES.get(kind, f"image/{kind.lower()}")


def agreed(what: str, given: Named, said: Named) -> Named:
    """Returns what the file says of a print; what a caller gives, where it says nothing. Raises ContradictsFile."""
    if given.is_known and said.is_known and not given.agrees_with(said):
        raise ContradictsFile(what, given.words, said.words)
    return said if said.is_known else given


def agreed_ppi(given: float | None, said: float | None) -> float | None:
    """Compares a resolution that was given with the file's; which of them holds. Raises ContradictsFile."""
    if given is not None and said is not None and abs(given - said) > _SAME_PPI * said:
        raise ContradictsFile("ppi", f"{given:g}", f"{said:.4g}")
    return given if said is None else said


def _made(made: Made) -> Template:
    assert made.template is not None
    return made.template


def _checked(upload: Upload, template: Template) -> Upload:
    """Refuses what an upload says of its template and this itself does not. Raises ContradictsFile.

    A minutiae record has no word for an impression that is not known: it says live-scan plain, and any other may be given.
    """
    position = agreed("position", upload.position, template.position)
    if is_template(upload.data) or template.impression is not ImpressionType.LIVE_SCAN_PLAIN:
        impression = agreed("impression", upload.impression, template.impression)
    else:
        impression = upload.impression
    return replace(upload, position=position, impression=impression)


def _labelled(template: Template, upload: Upload) -> Template:
    """Puts what the caller says of position and impression before what the template says."""
    position = upload.position if upload.position is not FingerPosition.UNKNOWN else template.position
    impression = upload.impression if upload.impression is not ImpressionType.UNKNOWN else template.impression
    labelled = template.labelled(position, impression)
    return replace(labelled, warnings=(*labelled.warnings, *upload.warnings)) if upload.warnings else labelled


def _records_read(
    uploads: Sequence[Upload], step: Callable[[Upload], list[Result]], most: int | None
) -> dict[int, list[Result] | BiomatchError]:
    """Reads those uploads that are records, by number: each may hold hundreds of prints.

    Raises TooManyPrints, DeadlinePassed.
    """
    read: dict[int, list[Result] | BiomatchError] = {}
    prints = len(uploads)
    for number, upload in enumerate(uploads):
        if formats.is_record(upload.data):
            deadlines.check()
            read[number] = found = _outcome(step, upload)
            prints += 0 if isinstance(found, BiomatchError) else len(found) - 1
            if most is not None and prints > most:
                raise TooManyPrints(prints, most)
    return read


def _outcome(step: Callable[[Upload], list[Result]], upload: Upload) -> list[Result] | BiomatchError:
    try:
        return step(upload)
    except BiomatchError as error:
        return error
