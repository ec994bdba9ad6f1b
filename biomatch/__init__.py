"""Fingerprint identification: images to templates, templates to a ranked, calibrated candidate list.

    with biomatch.open("my-gallery") as gallery:
        gallery.enrol("Ann", "ann-right-index.png")
        for candidate in gallery.identify("unknown.png").candidates:
            print(candidate.person, candidate.score)        # -10 log10 of the false match rate

    biomatch.compare("one.png", "other.png").score          # two prints, without any gallery
    biomatch.extract("one.png").minutiae                    # a print's template
    biomatch.show("one.png", "other.png").savefig("pair.png")
    biomatch.evaluate("my-prints").report                   # error rates on prints of your own

Prints are paths, bytes, arrays (h, w) of uint8 with dark ridges, or templates. Importing this loads nothing heavy: each
function loads what it needs with its first call. docs/python.md has scripts for the usual tasks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from os import PathLike

    from matplotlib.figure import Figure

    from biomatch.comparison import Comparison
    from biomatch.evaluation.evaluation import Evaluation
    from biomatch.gallery.local import LocalGallery as Gallery
    from biomatch.imaging import GreyImage
    from biomatch.observe import Trace
    from biomatch.scripting import Image, OpenGallery, Print
    from biomatch.template import Template

__version__ = "0.1.0"
__all__ = ["Gallery", "OpenGallery", "__version__", "compare", "decode", "evaluate", "extract", "open", "show"]
_ELSEWHERE = {"Gallery": ("biomatch.gallery.local", "LocalGallery"), "OpenGallery": ("biomatch.scripting", "OpenGallery")}


def open(folder: str | PathLike[str], *, create: bool = True, master_key: str | PathLike[str] | None = None) -> OpenGallery:
    """Opens a gallery: a folder that keeps prints of persons, and finds who left a print.

    Parameters
    ----------
    folder
        Where it is.
    create
        Make it where there is none.
    master_key
        File of the key that wraps all others; None: it lies in the folder.

    Returns
    -------
    OpenGallery
        With `enrol`, `identify`, `verify` and `remove`. Use it in a `with` block, or close it.

    Raises
    ------
    GalleryMissing, GalleryDamaged, FolderInUse, MasterKeyMissing, Unavailable
        See `biomatch.errors`. Where a service has the folder, the gallery is reached through it.

    Examples
    --------
    >>> import biomatch, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with biomatch.open(folder.name + "/gallery") as gallery:
    ...     receipts = gallery.enrol("Ann", "sample_data/enrol/P01-right-index_1.png")
    ...     gallery.identify("sample_data/probe/P01-right-index_4.png").candidates[0].person
    'Ann'
    >>> folder.cleanup()
    """
    from biomatch import scripting

    return scripting.open_(folder, create=create, master_key=master_key)


def decode(image: Image, *, ppi: float | None = None) -> GreyImage:
    """Makes an image 8-bit grey at 500 ppi with dark ridges, as every function reads it.

    Parameters
    ----------
    image
        Path, bytes (PNG, TIFF, BMP, JPEG, JPEG 2000, WSQ, PGM) or array (h, w) of uint8.
    ppi
        Resolution, px an inch; None: what the file says, else 500 with a warning.

    Returns
    -------
    GreyImage
        `pixels` (h, w) uint8, and `warnings`.

    Raises
    ------
    BadInput
        BadResolution, FileTooLarge, ImageTooLarge, PrintTooLarge or UnreadableImage.
    TypeError
        It is none of these kinds.

    Examples
    --------
    >>> import biomatch
    >>> biomatch.decode("sample_data/enrol/P01-right-index_1.png").pixels.dtype
    dtype('uint8')
    """
    from biomatch import scripting

    return scripting.decode(image, ppi=ppi)


def extract(image: Image, *, ppi: float | None = None, trace: Trace | None = None, extractor: str | None = None) -> Template:
    """Finds a print's minutiae, and how good the print is.

    Parameters
    ----------
    image
        As for `decode`.
    ppi
        As for `decode`.
    trace
        Called with each stage's name and output, such as "orientation"; None: nobody is told.
    extractor
        "learned" (the default), "classical" or "learned-synthetic".

    Returns
    -------
    Template
        `minutiae` with `x`, `y` (px at 500 ppi), `angle` (rad), `kind` and `quality`; `quality` 0 to 100; `warnings`.

    Raises
    ------
    BadInput, TypeError
        As `decode`; UnknownName for an extractor that there is not.

    Examples
    --------
    >>> import biomatch
    >>> template = biomatch.extract("sample_data/enrol/P01-right-index_1.png")
    >>> len(template.minutiae) > 20
    True
    """
    from biomatch import scripting
    from biomatch.observe import NO_TRACE

    return scripting.extract(image, ppi=ppi, trace=trace or NO_TRACE, extractor=extractor)


def compare(probe: Print, reference: Print) -> Comparison:
    """Compares two prints in every step.

    Parameters
    ----------
    probe, reference
        Images as for `decode`, templates, or minutiae records with one print.

    Returns
    -------
    Comparison
        `score`, -10 log10 of the false match rate; `llr`, log10 of the likelihood ratio; `pairs` of minutiae.

    Raises
    ------
    BadInput, TypeError
        As `decode`.

    Examples
    --------
    >>> import biomatch
    >>> one = "sample_data/enrol/P01-right-index_1.png"
    >>> other = "sample_data/enrol/P01-right-index_2.png"
    >>> biomatch.compare(one, other).score > 40
    True
    """
    from biomatch import scripting

    return scripting.compare(probe, reference)


def show(probe: Print, reference: Print | None = None) -> Figure:
    """Draws a print with its minutiae, or two prints with their numbered pairs of minutiae.

    Parameters
    ----------
    probe, reference
        As for `compare`. reference None: one print is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        To be shown in a notebook, or saved.

    Raises
    ------
    BadInput, TypeError
        As `decode`.

    Examples
    --------
    >>> import biomatch
    >>> figure = biomatch.show("sample_data/enrol/P01-right-index_1.png")
    >>> figure.get_axes()[0].get_title(loc="left")
    'P01-right-index_1.png'
    """
    from biomatch import scripting

    return scripting.show(probe, reference)


def evaluate(prints: str | PathLike[str], **options: Any) -> Evaluation:
    """Measures error rates on prints whose fingers are known.

    Parameters
    ----------
    prints
        A manifest (CSV), or a folder of files that are named FINGER_IMPRESSION.ext.
    **options
        `only`: sets that take part, by default all; `distractors`: synthetic prints in the gallery, with 0 nothing is said of
        the shortlist; `processes`: that work side by side, by default two; `progress`: is told how far it is.

    Returns
    -------
    Evaluation
        `report`: what `biomatch evaluate --json` writes, without `models`; `scores` and `found`: what it was made of.

    Raises
    ------
    BadManifest, NothingToDo
        See `biomatch.errors`.

    Examples
    --------
    Not run as a doctest, since it takes minutes; a test runs the same script of docs/python.md.

    >>> import biomatch
    >>> found = biomatch.evaluate(  # doctest: +SKIP
    ...     "sample_data/manifest.csv", only=["plain"], distractors=0
    ... )
    >>> found.report["pooled"]["eer"]  # doctest: +SKIP
    0.0
    """
    from biomatch import scripting

    return scripting.evaluate(prints, **options)


def __getattr__(name: str) -> Any:
    if name in _ELSEWHERE:
        from importlib import import_module

        module, own = _ELSEWHERE[name]
        return getattr(import_module(module), own)
    raise AttributeError(f"module 'biomatch' has no attribute {name!r}")
