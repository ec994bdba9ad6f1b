"""A served folder's side door: commands of the same user reach the bureau of the serving process over a Unix socket.

Both ends belong to one user, which the kernel vouches for: so the use cases' own data classes cross it, pickled.
"""

from __future__ import annotations

import inspect
import logging
import os
import shutil
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, Self

from biomatch.bureau.folder.lock import Holder, in_use
from biomatch.errors import BiomatchError, ServerSilent

_PREFIX = "biomatch-door-"

_NAMES = ""  # asks for the names of all use cases
_DONE, _REFUSED, _FAILED = "done", "refused", "failed"

_log = logging.getLogger(__name__)


def use_cases(bureau: object) -> dict[str, Callable[..., Any]]:
    """Finds every method with a scope (`scopes.needs`) of a bureau's groups. It is named "group.method"."""
    groups = {name: group for name, group in vars(bureau).items() if not name.startswith("_")}
    return {f"{name}.{method}": getattr(group, method) for name, group in groups.items() for method in _scoped(group)}


def _scoped(group: object) -> Iterator[str]:
    return (name for name in dir(group) if hasattr(inspect.getattr_static(group, name), "scope"))


class Door:
    """Answers until it is closed. `path`: of the socket, in a folder that only this user can enter."""

    def __init__(self, bureau: object):
        self._use_cases = use_cases(bureau)
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self.path = self._folder / "door"
        self._listener = Listener(str(self.path), "AF_UNIX")
        self.path.chmod(0o600)
        threading.Thread(target=self._accept, name="door", daemon=True).start()

    def close(self) -> None:
        with suppress(FileNotFoundError):  # whoever tidies the folder of temporary files has taken the socket away
            self._listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _accept(self) -> None:
        while True:
            try:
                line = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._answer, args=(line,), name="door-line", daemon=True).start()

    def _answer(self, line: Connection) -> None:
        with line:
            if not _is_ours(line):
                return
            while True:
                try:
                    name, arguments, options = line.recv()
                    line.send(self._attempt(name, arguments, options))
                except (EOFError, OSError):
                    return

    def _attempt(self, name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> tuple[str, Any]:
        try:
            if name == _NAMES:
                return _DONE, sorted(self._use_cases)
            if name not in self._use_cases:
                return _FAILED, f"there is no use case '{name}'"
            return _DONE, self._use_cases[name](*arguments, **options)
        except BiomatchError as error:
            return _REFUSED, error
        except Exception as error:
            _log.exception("a command failed at the door")
            return _FAILED, repr(error)


def clear(door: str) -> None:
    """Takes away what a server that was killed has left: the folder of its socket."""
    folder = Path(door).parent
    if door and folder.name.startswith(_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


class RemoteBureau:
    """The bureau of another process: the same use cases, asked through its door. Raises ServerSilent, FolderInUse.

    FolderInUse: the process is another user's.
    """

    def __init__(self, folder: Path, holder: Holder):
        self.folder = folder
        self._silent = ServerSilent(str(folder), holder.pid, holder.door)
        self._lock = threading.Lock()
        try:
            self._line = Client(holder.door, "AF_UNIX")
        except OSError:
            raise self._silent from None
        if not _is_ours(self._line):
            self._line.close()
            raise in_use(folder)
        for name in self._ask(_NAMES):
            group, _, method = name.partition(".")
            setattr(vars(self).setdefault(group, SimpleNamespace()), method, partial(self._ask, name))

    def warm(self) -> None:
        """Does nothing: the serving process is warm."""

    def work(self) -> None:
        """Does nothing: the serving process does what tasks ask for."""

    def close(self) -> None:
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _ask(self, name: str, *arguments: Any, **options: Any) -> Any:
        """Asks the serving process. It has another working folder than this one: paths are made absolute."""
        told = tuple(map(_absolute, arguments)), {option: _absolute(value) for option, value in options.items()}
        try:
            with self._lock:
                self._line.send((name, *told))
                kind, answer = self._line.recv()
        except (EOFError, OSError):
            raise self._silent from None
        if kind == _REFUSED:
            raise answer
        if kind == _FAILED:
            raise RuntimeError(f"the serving process failed: {answer}")
        return answer


def _absolute(value: Any) -> Any:
    return value.absolute() if isinstance(value, Path) else value


def _is_ours(line: Connection) -> bool:
    """Tells whether the other end runs as this user, by the kernel's word where it gives one (Linux)."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    with socket.socket(fileno=os.dup(line.fileno())) as end:
        credentials = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", credentials)
    return bool(uid == os.getuid())
