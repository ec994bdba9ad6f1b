"""The content of a disk after a power cut: recorded system calls replayed, and what was never synced dropped.

`strace` records what a process does to a folder (with OPTIONS). A file's content is durable from an fsync or fdatasync of the
file on that began after the write; a name, from an fsync of its folder on. That is all that POSIX promises: real file systems
keep more. What is not durable may be lost as a whole, or in part, in any order.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

RECORDED = (
    "openat", "close", "write", "pwrite64", "writev", "pwritev", "pwritev2", "ftruncate", "truncate", "fallocate", "lseek",
    "fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "rmdir", "link", "symlink",
)  # fmt: skip
OPTIONS = ("-f", "-qq", "-xx", "-y", "-ttt", "-T", "-s", "16000000", "-e", "signal=none", "-e", f"trace={','.join(RECORDED)}")
NOT_REPLAYED = re.compile(r".*-shm$|.*/lock$")  # SQLite rebuilds the one from its log; nobody reads the other before it is held

_LINE = re.compile(r"(\d+)\s+(\d+\.\d+) (.*)")
_CALL = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+)(.*?)<(\d+\.\d+)>$")
_HEX = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FD = re.compile(r"(-?\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2})*)>")


@dataclass(frozen=True)
class Call:
    """A system call that succeeded. began, ended: s since 1970; returned: what it returned, with the path of a new file."""

    name: str
    arguments: str
    returned: int
    opened: str
    began: float
    ended: float


def calls(log: Path) -> Iterator[Call]:
    """Reads the calls of strace's log, in the order in which they ended; those that failed are left out."""
    begun: dict[str, tuple[float, str]] = {}
    found = []
    with log.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            if (parts := _LINE.match(line)) is None:
                continue
            task, at, text = parts[1], float(parts[2]), parts[3].rstrip()
            if text.endswith("<unfinished ...>"):
                begun[task] = (at, text.removesuffix("<unfinished ...>").rstrip())
                continue
            began = at
            if (resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", text)) is not None:
                if task not in begun:
                    continue
                began, start = begun.pop(task)
                text = start + resumed[1]
            call = _CALL.match(text)
            if call is not None and int(call[3]) >= 0:
                opened = re.match(r"<((?:\\x[0-9a-f]{2})*)>", call[4])
                path = _text(opened[1]) if opened else ""
                found.append(Call(call[1], call[2], int(call[3]), path, began, began + float(call[5])))
    yield from sorted(found, key=lambda one: one.ended)


@dataclass
class _File:
    """durable: content for certain; waiting: changes since, oldest first: when each was over, and what it does."""

    durable: bytearray = field(default_factory=bytearray)
    waiting: list[tuple[float, Callable[[bytearray], None]]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self._with(self.waiting))

    def sync(self, began: float) -> None:
        for _, change in (one for one in self.waiting if one[0] <= began):
            change(self.durable)
        self.waiting = [one for one in self.waiting if one[0] > began]

    def after_cut(self, rng: random.Random | None) -> bytes:
        """Returns the content after a cut. rng: which of the changes that wait have reached the disk; None: none."""
        share = 0.0 if rng is None else rng.choice((0.1, 0.5, 0.9))
        return bytes(self._with([one for one in self.waiting if rng is not None and rng.random() < share]))

    def _with(self, changes: list[tuple[float, Callable[[bytearray], None]]]) -> bytearray:
        content = bytearray(self.durable)
        for _, change in changes:
            change(content)
        return content


@dataclass(frozen=True)
class _Naming:
    """A change of names that waits for an fsync of one of the folders. gone, new: paths; what the new one names."""

    ended: float
    folders: frozenset[str]
    gone: str | None
    new: str | None
    file: _File | None


class Disk:
    """A folder as the process sees it, and as a power cut may leave it. None stands for a folder among the names."""

    def __init__(self, folder: Path, at: str):
        """Takes folder: the content when recording began; at: the path by which the process knows it."""
        self.at = at
        self.names: dict[str, _File | None] = {at: None}
        for path in sorted(folder.rglob("*")):
            name = f"{at}/{path.relative_to(folder)}"
            self.names[name] = _File(bytearray(path.read_bytes())) if path.is_file() else None
        self._durable = dict(self.names)
        self._waiting: list[_Naming] = []
        self._places: dict[tuple[int, str], int] = {}  # where the next write goes, of a descriptor and its path
        self.syncs = 0

    def take(self, call: Call) -> None:
        handler = getattr(self, f"_{call.name}", None)
        if handler is None:
            if self.at in _text(call.arguments.replace('"', "")):
                raise NotImplementedError(f"{call.name} on the folder is not replayed; teach it to disk.py")
            return
        handler(call)

    def cut(self, place: Path, rng: random.Random | None = None) -> int:
        """Writes what is left after a power cut now to a new folder; how many changes had not been synced.

        rng  which of these have reached the disk all the same; None: none
        """
        names, lost = dict(self._durable), 0
        for naming in self._waiting:
            lost += 1
            if rng is not None and rng.random() < 0.5:
                _rename(names, naming)
        for name, file in sorted(names.items()):
            own = place / name.removeprefix(self.at).lstrip("/")
            if NOT_REPLAYED.match(name) or (not own.parent.exists() and own != place):
                continue
            if file is None:
                own.mkdir(mode=0o700, parents=own == place)
            else:
                lost += len(file.waiting)
                own.write_bytes(file.after_cut(rng))
                own.chmod(0o600)
        return lost

    def _openat(self, call: Call) -> None:
        path = call.opened
        if not self._ours(path) or "O_DIRECTORY" in call.arguments:
            return
        if path not in self.names:
            self._name(call.ended, new=path, file=_File())
        file = self.names[path]
        if file is not None and "O_TRUNC" in call.arguments and file.size:
            file.waiting.append((call.ended, _truncated(0)))
        at = file.size if file is not None and "O_APPEND" in call.arguments else 0
        self._places[call.returned, path] = at

    def _lseek(self, call: Call) -> None:
        if (target := self._target(call)) is not None:
            self._places[target] = call.returned

    def _write(self, call: Call) -> None:
        if (target := self._target(call)) is not None:
            at = self._places.get(target, 0)
            self._put(call, target[1], at)
            self._places[target] = at + call.returned

    def _pwrite64(self, call: Call) -> None:
        if (target := self._target(call)) is not None:
            self._put(call, target[1], int(call.arguments.rsplit(", ", 1)[1]))

    def _put(self, call: Call, path: str, at: int) -> None:
        file, data = self.names[path], _bytes(call.arguments)[: call.returned]
        assert file is not None
        file.waiting.append((call.ended, _written(data, at)))

    def _ftruncate(self, call: Call) -> None:
        if (target := self._target(call)) is not None and (file := self.names[target[1]]) is not None:
            file.waiting.append((call.ended, _truncated(int(call.arguments.rsplit(", ", 1)[1]))))

    def _fsync(self, call: Call) -> None:
        found = _FD.match(call.arguments)
        path = _text(found[2]) if found else ""
        if path not in self.names:
            return
        self.syncs += 1
        if (file := self.names[path]) is not None:
            file.sync(call.began)
            return
        for naming in [one for one in self._waiting if path in one.folders and one.ended <= call.began]:
            _rename(self._durable, naming)
            self._waiting.remove(naming)

    _fdatasync = _fsync

    def _rename(self, call: Call) -> None:
        old, new = self._paths(call)
        if old in self.names:
            self._name(call.ended, gone=old, new=new, file=self.names[old])

    _renameat = _renameat2 = _rename

    def _link(self, call: Call) -> None:
        old, new = self._paths(call)
        if old in self.names:
            self._name(call.ended, new=new, file=self.names[old])

    def _fallocate(self, call: Call) -> None:
        """Grows the reserve, which holds nothing."""
        if (target := self._target(call)) is not None and (file := self.names[target[1]]) is not None:
            at, size = map(int, call.arguments.rsplit(", ", 2)[1:])
            file.waiting.append((call.ended, _truncated(max(file.size, at + size))))

    def _unlink(self, call: Call) -> None:
        path = self._paths(call)[0]
        if path in self.names:
            self._name(call.ended, gone=path)

    _unlinkat = _rmdir = _unlink

    def _mkdir(self, call: Call) -> None:
        path = self._paths(call)[0]
        if self._ours(path):
            self._name(call.ended, new=path)

    def _close(self, call: Call) -> None:
        if (target := self._target(call)) is not None:
            self._places.pop(target, None)

    def _name(self, ended: float, *, gone: str | None = None, new: str | None = None, file: _File | None = None) -> None:
        folders = frozenset(path.rpartition("/")[0] for path in (gone, new) if path is not None)
        naming = _Naming(ended, folders, gone, new, file)
        _rename(self.names, naming)
        self._waiting.append(naming)

    def _target(self, call: Call) -> tuple[int, str] | None:
        """Returns descriptor and path of a call on a file of ours that is still there."""
        found = _FD.match(call.arguments)
        if found is None or found[1] == "AT_FDCWD":
            return None
        path = _text(found[2])
        return (int(found[1]), path) if self.names.get(path) is not None else None

    def _paths(self, call: Call) -> list[str]:
        """Returns the paths of a call that names files: from the root on."""
        base = [_text(path) for _, path in _FD.findall(call.arguments)]
        named = [bytes.fromhex(text.replace("\\x", "")).decode() for text in _HEX.findall(call.arguments)]
        return [one if one.startswith("/") else f"{base[min(n, len(base) - 1)]}/{one}" for n, one in enumerate(named)]

    def _ours(self, path: str) -> bool:
        return path.startswith(f"{self.at}/")


def _rename(names: dict[str, _File | None], naming: _Naming) -> None:
    if naming.gone is not None:
        names.pop(naming.gone, None)
    if naming.new is not None:
        names[naming.new] = naming.file


def _written(data: bytes, at: int) -> Callable[[bytearray], None]:
    def change(content: bytearray) -> None:
        if len(content) < at:
            content.extend(bytes(at - len(content)))
        content[at : at + len(data)] = data

    return change


def _truncated(size: int) -> Callable[[bytearray], None]:
    def change(content: bytearray) -> None:
        del content[size:]
        content.extend(bytes(size - len(content)))

    return change


def _bytes(arguments: str) -> bytes:
    found = _HEX.search(arguments)
    return bytes.fromhex(found[1].replace("\\x", "")) if found else b""


def _text(text: str) -> str:
    """Decodes escaped hex, or what it stands among, to text."""
    return re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), text)
