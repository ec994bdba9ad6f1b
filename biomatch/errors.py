"""One family of errors: what was wrong, the values, what to do next. No HTTP, no exit codes.

The five direct children of `BiomatchError` are the kinds that doors (command line, HTTP) tell apart; every other class
names one fault. `code` is stable and stands in the manual.
"""

from __future__ import annotations


class BiomatchError(Exception):
    """Root of everything biomatch raises on purpose."""

    code = "error"

    def __init__(self, message: str, **values: object):
        super().__init__(message)
        self.message = message
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        """Errors cross process borders; their constructors differ, so they are rebuilt from their parts."""
        return _rebuild, (type(self), self.message, self.values)


def _rebuild(kind: type[BiomatchError], message: str, values: dict[str, object]) -> BiomatchError:
    error = kind.__new__(kind)
    BiomatchError.__init__(error, message, **values)
    return error


class BadInput(BiomatchError):
    """What the caller handed over cannot be used as it is."""

    code = "bad-input"


class NotFound(BiomatchError):
    """What the caller named does not exist."""

    code = "not-found"


class Conflict(BiomatchError):
    """What the caller asks contradicts what is there."""

    code = "conflict"


class Unavailable(BiomatchError):
    """The caller did nothing wrong, but it cannot be done now: disk full, folder locked, worker lost."""

    code = "unavailable"


class BadInstallation(BiomatchError):
    """A file that biomatch itself needs is missing, damaged or of another version."""

    code = "bad-installation"


# images


class BadImage(BadInput):
    code = "bad-image"


class UnreadableImage(BadImage):
    code = "unreadable-image"

    def __init__(self, reason: str):
        super().__init__(f"the image could not be read: {reason}; send PNG, TIFF, BMP or JPEG", reason=reason)


class ImageTooLarge(BadImage):
    code = "image-too-large"

    def __init__(self, width: int, height: int, limit: int):
        super().__init__(
            f"the image has {width} x {height} pixels, at most {limit:,} are read; crop it to one finger or raise the limit",
            width=width,
            height=height,
            limit=limit,
        )


class FileTooLarge(BadImage):
    code = "file-too-large"

    def __init__(self, size: int, limit: int):
        super().__init__(
            f"the file has {size:,} bytes, at most {limit:,} are read; crop or compress it", size=size, limit=limit
        )


class BadResolution(BadImage):
    code = "bad-resolution"

    def __init__(self, ppi: float):
        super().__init__(
            f"a resolution of {ppi:g} ppi is not one that fingerprints are scanned at; give 100 to 4000 ppi", ppi=ppi
        )


# templates and records


class BadTemplate(BadInput):
    code = "bad-template"


class CorruptTemplate(BadTemplate):
    code = "corrupt-template"

    def __init__(self, reason: str):
        super().__init__(f"the template is damaged: {reason}; extract it again from its image", reason=reason)


class UnknownFormat(BadInput):
    code = "unknown-format"

    def __init__(self, what: str):
        super().__init__(f"{what} is neither an image nor a template that biomatch reads", what=what)


# models


class ModelMissing(BadInstallation):
    code = "model-missing"

    def __init__(self, name: str, looked: str):
        super().__init__(
            f"model '{name}' was not found in {looked}; reinstall biomatch, or run `biomatch train`",
            name=name,
            looked=looked,
        )


class ModelDamaged(BadInstallation):
    code = "model-damaged"

    def __init__(self, name: str, reason: str):
        super().__init__(
            f"model '{name}' is refused: {reason}; reinstall biomatch, or run `biomatch train`", name=name, reason=reason
        )
