"""The root of the family of errors: what was wrong, the values, what to do next. No HTTP, no exit codes.

The five direct children of `BiomatchError` are the kinds that doors (command line, HTTP) tell apart; every other class
names one fault. `code` is stable and stands in the manual.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Self


class BiomatchError(Exception):
    """Root of everything biomatch raises on purpose."""

    code = "error"

    def __init__(self, message: str, **values: object):
        super().__init__(message)
        self.message = message
        self.values = values

    def about(self, name: str) -> Self:
        """Returns the same error with the name of its file or print in the message, and in its values as `path`.

        An error whose values hold the name already stays as it is: its message says it, too. Of one that names the file
        without its folder, or a part of it behind a comma, that is written out.
        """
        if name in self.values.values():
            return self
        said, own = self.message, str(self.values.get("path", ""))
        last = PurePath(name).name
        if last and own.partition(", ")[0] == last:
            said, own = said.removeprefix(last), name + own.removeprefix(last)
        else:
            said, own = f": {said}", name
        found = _rebuild(type(self), f"{name}{said}", {**self.values, "path": own})
        assert isinstance(found, type(self))
        return found

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuilds an error from its parts: errors cross process borders, and their constructors differ."""
        return _rebuild, (type(self), self.message, self.values)


def _rebuild(kind: type[BiomatchError], message: str, values: dict[str, object]) -> BiomatchError:
    error = kind.__new__(kind)
    BiomatchError.__init__(error, message, **values)
    return error


class BadInput(BiomatchError):
    """The caller's input cannot be used as it is."""

    code = "bad-input"


class NotFound(BiomatchError):
    """The caller named something that does not exist."""

    code = "not-found"


class Conflict(BiomatchError):
    """The request contradicts what is stored."""

    code = "conflict"


class Unavailable(BiomatchError):
    """The caller did nothing wrong, but it cannot be done now: disk full, folder locked, worker lost."""

    code = "unavailable"


class BadInstallation(BiomatchError):
    """A file that biomatch itself needs is missing, damaged or of another version."""

    code = "bad-installation"
