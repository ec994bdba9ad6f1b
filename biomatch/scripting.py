"""Functions for short scripts: prints in any form, and a gallery's folder as one object. `import biomatch` offers all of
them."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from functools import cache
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from biomatch import formats, imaging
from biomatch.bureau import (
    ACCEPT,
    Actor,
    Bureau,
    EnrolledPrint,
    KeyPlace,
    SearchRequest,
    Upload,
    Verified,
    drawing,
    open_gallery,
)
from biomatch.comparison import Comparer, Comparison, prepare
from biomatch.comparison.evidence import MOST_FOREIGN
from biomatch.descriptors import Describer
from biomatch.extraction import Extractor, open_extractor
from biomatch.gallery.filters import Filter
from biomatch.imaging import GreyImage
from biomatch.observe import NO_TRACE, Trace
from biomatch.template import Template
from biomatch.vocabulary import position_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from biomatch.evaluation.evaluation import Evaluation
    from biomatch.gallery.interface import Search

Image = str | PathLike[str] | bytes | np.ndarray | GreyImage
"""A file's path, its bytes, an array (h, w) uint8 with dark ridges, or what `biomatch.decode` made."""

Print = Image | Template
"""An image; or a template, also as the path or the bytes of a template or of a minutiae record with one print."""

_TAKEN = "a path, bytes, an array (h, w) of uint8, a GreyImage or a Template"


def decode(image: Image, *, ppi: float | None = None) -> GreyImage:
    """Makes an image grey; see `biomatch.decode`."""
    if isinstance(image, GreyImage):
        return image
    return imaging.decode(_bytes_of(image, ppi), ppi=ppi)


def extract(image: Image, *, ppi: float | None = None, trace: Trace = NO_TRACE, extractor: str | None = None) -> Template:
    """Finds minutiae; see `biomatch.extract`."""
    return _extractor(extractor).extract(decode(image, ppi=ppi), trace=trace)


def compare(probe: Print, reference: Print) -> Comparison:
    """Compares two prints; see `biomatch.compare`."""
    describer, comparer = _comparer()
    ready = (prepare(_template_of(one), describer, MOST_FOREIGN) for one in (probe, reference))
    return comparer.compare(*ready)


def show(probe: Print, reference: Print | None = None) -> Figure:
    """Draws prints; see `biomatch.show`."""
    first = _panel_of(probe)
    if reference is None:
        return drawing.print_figure(first)
    second = _panel_of(reference)
    found = compare(first.template, second.template)
    return drawing.pair_figure(first, second, np.column_stack(found.pairs[:2]))


def evaluate(prints: str | PathLike[str], **options: Any) -> Evaluation:
    """Measures error rates; see `biomatch.evaluate`."""
    from biomatch.evaluation import evaluation
    from biomatch.evaluation.engine import OurSetup

    return evaluation.run(OurSetup(), Path(prints), **options)


class OpenGallery:
    """A gallery's folder, open. One process at a time has it; use it in a `with` block, or close it.

    `biomatch.open` makes it. Every method takes prints as `biomatch.compare` does. What is acknowledged is durable.

    Attributes
    ----------
    bureau
        All that a gallery can do, beyond what a short script needs.

    Examples
    --------
    >>> import biomatch, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> probe = "sample_data/probe/P01-right-index_4.png"
    >>> with biomatch.open(folder.name + "/gallery") as gallery:
    ...     receipts = gallery.enrol("Ann", "sample_data/enrol/P01-right-index_1.png")
    ...     len(gallery), gallery.identify(probe).candidates[0].person
    ...     gallery.verify("Ann", probe).accepted
    ...     gallery.remove("Ann")
    (1, 'Ann')
    True
    1
    >>> folder.cleanup()
    """

    def __init__(self, bureau: Bureau):
        self.bureau = bureau
        self._actor = Actor(getpass.getuser(), "python")

    def enrol(
        self,
        person: str,
        *prints: Print,
        position: str | None = None,
        encounter: str | None = None,
        labels: Iterable[str] = (),
        ppi: float | None = None,
    ) -> tuple[EnrolledPrint, ...]:
        """Enrols prints of one person, who may be new: all of them or none.

        Parameters
        ----------
        person
            Name that you give.
        *prints
            Images or templates, at least one.
        position
            Which finger they all are of, such as "right-index"; None: what a template says, else unknown.
        encounter
            Name of the occasion; None: a new one.
        labels
            Names of groups that the prints belong to.
        ppi
            Resolution of the images; None: what each file says. An array that says nothing has 500.

        Returns
        -------
        tuple of EnrolledPrint
            One a print, with its id and quality.

        Raises
        ------
        BadInput
            A print cannot be used; the message says why. Nothing was enrolled.
        EncounterExists, Unavailable
            See `biomatch.errors`.
        """
        uploads = [_upload_of(one, ppi, position) for one in _some(prints)]
        return self.bureau.encounters.enrol(person, uploads, self._actor, encounter=encounter, labels=frozenset(labels))

    def identify(
        self, *prints: Print, top: int = 20, fpir: float | None = None, label: str | None = None, ppi: float | None = None
    ) -> Search:
        """Searches with prints of one unknown person.

        Parameters
        ----------
        *prints
            Images or templates of one person, at most ten.
        top
            Persons on the list, at most.
        fpir
            Share of searches for persons who are not enrolled that may call somebody a hit; None: nobody is called one.
        label
            Search only prints with this label.
        ppi
            As for `enrol`.

        Returns
        -------
        Search
            `candidates`, best first, each with `person`, `score` (-10 log10 of the false match rate) and `llr`; `hit`;
            `miss`, the probability that an enrolled mate is not on the list.

        Raises
        ------
        BadInput
            A print cannot be used.
        LabelNotFound, PurposeMissing, Unavailable
            See `biomatch.errors`.
        """
        request = SearchRequest(top, where=Filter(label=label), fpir=fpir)
        return self.bureau.searches.identify([_upload_of(one, ppi) for one in _some(prints)], self._actor, request).search

    def verify(self, person: str, *prints: Print, threshold: float = ACCEPT, ppi: float | None = None) -> Verified:
        """Tells whether prints are an enrolled person's.

        Parameters
        ----------
        person
            Who it is said to be.
        *prints
            Images or templates of one person.
        threshold
            Score from which `accepted` is true: 40 lets one other person in 10,000 pass.
        ppi
            As for `enrol`.

        Returns
        -------
        Verified
            `accepted`, and `candidate` with `score` and `llr`.

        Raises
        ------
        PersonNotFound, BadInput, Unavailable
            See `biomatch.errors`.
        """
        uploads = [_upload_of(one, ppi) for one in _some(prints)]
        return self.bureau.searches.verify(person, uploads, self._actor, threshold=threshold)

    def remove(self, person: str, *, encounter: str | None = None) -> int:
        """Removes a person, or one encounter of a person; nobody finds them again, and nothing of them can be read.

        Parameters
        ----------
        person
            Name that was given at enrolment.
        encounter
            Name of the occasion; None: all of them.

        Returns
        -------
        int
            How many prints went.

        Raises
        ------
        PersonNotFound, EncounterNotFound, Unavailable
            See `biomatch.errors`.
        """
        return self.bureau.encounters.remove(self._actor, person=person, encounter=encounter)

    def __len__(self) -> int:
        """Counts the prints that a search can find."""
        return self.bureau.upkeep.info(self._actor).prints

    def close(self) -> None:
        """Closes the folder."""
        self.bureau.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_(folder: str | PathLike[str], *, create: bool = True, master_key: str | PathLike[str] | None = None) -> OpenGallery:
    """Opens a gallery; see `biomatch.open`."""
    place = KeyPlace(None if master_key is None else Path(master_key))
    return OpenGallery(open_gallery(Path(folder), create=create, master=place))


def _some(prints: tuple[Any, ...]) -> tuple[Any, ...]:
    if not prints:
        raise TypeError(f"give at least one print: {_TAKEN}")
    return prints


def _upload_of(one: Print, ppi: float | None, position: str | None = None) -> Upload:
    name = Path(one).name if isinstance(one, str | PathLike) else ""
    data = one.to_bytes() if isinstance(one, Template) else _bytes_of(one, ppi)
    return Upload(data, name, position_of(position), ppi=None if isinstance(one, Template) else ppi)


def _bytes_of(image: Image, ppi: float | None) -> bytes:
    """Returns an image as the bytes of a file. Raises TypeError, OSError, UnwritableImage."""
    if isinstance(image, bytes):
        return image
    if isinstance(image, str | PathLike):
        return Path(image).read_bytes()
    if isinstance(image, GreyImage):
        return imaging.encode(image.pixels, imaging.ImageFormat.PNG)
    if isinstance(image, np.ndarray):
        return imaging.encode(image, imaging.ImageFormat.PNG, ppi=ppi or imaging.PPI)
    raise TypeError(f"a print is {_TAKEN}; not {type(image).__name__}")


def _template_of(one: Print) -> Template:
    if isinstance(one, Template):
        return one
    if isinstance(one, GreyImage | np.ndarray):
        return extract(one)
    data = _bytes_of(one, None)
    return formats.read_template(data) if formats.is_record(data) else extract(data)


def _panel_of(one: Print) -> drawing.Panel:
    title = Path(one).name if isinstance(one, str | PathLike) else ""
    data = b"" if isinstance(one, Template) else _bytes_of(one, None)
    if isinstance(one, Template) or formats.is_record(data):
        return drawing.Panel(title, _template_of(one), None)
    image = decode(data)
    return drawing.Panel(title, extract(image), image.pixels)


@cache
def _extractor(name: str | None) -> Extractor:
    return open_extractor() if name is None else open_extractor(name)


@cache
def _comparer() -> tuple[Describer, Comparer]:
    return Describer(), Comparer()
