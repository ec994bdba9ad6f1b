"""Is every change to what the audit tree commits to found, and where? -> tamperings.json

A clerk enrols, updates, moves, deletes and searches over HTTP; checkpoints are kept elsewhere. Then somebody who has the disk
and keeps no rule changes one thing at a time: a column, a row that goes, a row that is put in, an original, or the end of the
tree, cut off and made whole again. Each time the tree is verified, which must find it and name the place; then the thing is put
back.
"""

from __future__ import annotations

import os
import random
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biomatch.bench.frame import Run
from biomatch.bench.report.cells import MISSING, Results, head, row
from biomatch.bench.service import served
from biomatch.bench.service.clerks import Clerk
from biomatch.crypto import write_secret
from biomatch.errors import Unavailable
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.store import Act, StoredPasskey, open_store
from biomatch.store.rows import tables

NAME = "tamperings"
ACTS = 80  # acknowledged, of all kinds
KNOWN = ("--label", "staff", "--sex", "F", "--born", "1980-05-21", "--captured", "2024-02-29")  # so that no column is empty
LOW = "-100"  # log10 of a likelihood ratio: any two persons are a pair, so that a task finds something
USERS = ("ada", "ben")  # the last one has ended
STARTED = "2026-12-03T12:00:00.000+00:00"  # of the passkey
LABELLED = 2  # images that are enrolled with it
DELETED = 0.25  # of tamperings with rows: the row goes
SHARES = {"row": 8, "put-in": 1, "original": 1, "end": 1}
EVERY = 200  # tamperings, after which what was put back must verify
_NAMES = {
    ("labels", "label"),
    ("tokens", "token"),
    ("users", "name"),
    ("passkeys", "credential"),
}  # of a primary key, beside where the row is
_UNTOLD = {("records", "created")}  # the leaf of the same act has its time
COMMITTED = {
    table.name: tuple(
        column.name
        for column in table.c
        if (table.name, column.name) not in _UNTOLD and (not column.primary_key or (table.name, column.name) in _NAMES)
    )
    for table in tables.metadata.sorted_tables
}
"""Columns of every table that a change can be made to."""
_NAMED = {
    "prints": ("print", "print_id"), "searches": ("search", "search"), "tokens": ("token", "token"), "meta": ("setting", "key"),
    "jobs": ("task", "job"), "answers": ("answer", "key"), "users": ("user", "name"),
    "passkeys": ("passkey", "credential"),
}  # fmt: skip
_KEY = {"tokens": "token", "users": "name", "passkeys": "credential", "meta": "key", "answers": "key", "jobs": "job"}
"""Of tables into which rows are put: the column that names another one."""
_SEALED = ("answers", "job_items")
"""Their seals bind what is there; no leaf says how many there are."""
_WHICH = {
    "prints": "state <> 'past'",
    "labels": "sequence IN (SELECT sequence FROM prints WHERE state <> 'past')",
    "meta": "key NOT IN ('owner', 'outlived')",
}
WORDS = {
    "audit_leaves": "a leaf", "audit_items": "what a leaf says of somebody", "audit_nodes": "a node of the tree",
    "records": "a record of the log", "prints": "a print's row", "labels": "a label", "searches": "what is kept of a search",
    "tokens": "a token", "users": "a user", "passkeys": "a passkey",
    "meta": "a setting", "answers": "what a request was answered", "jobs": "a task",
    "job_items": "what a task found", "originals": "an original's file", "end": "the tree, cut off and made whole again",
}  # fmt: skip

Verify = Callable[[Sequence[str]], Sequence[str]]
"""Checkpoints that were kept elsewhere -> the places where something was changed, as `biomatch audit verify` names them."""


@dataclass(frozen=True)
class Tampering:
    """kind: key of WORDS; what: in words; places: one of them must be named; empty: one original, and always the same."""

    kind: str
    what: str
    places: frozenset[str] = frozenset()

    def named_in(self, found: Sequence[str], originals: dict[str, str]) -> bool:
        """Tells whether its place is named. originals: what was changed, by the place that was named for it so far."""
        if self.places:
            return not self.places.isdisjoint(found)
        named = [one for one in found if one.startswith("original ")]
        return len(named) == 1 and originals.setdefault(named[0], self.what) == self.what


@dataclass
class _Counts:
    made: int = 0
    found: int = 0
    named: int = 0


def measure(
    folder: Path,
    opened: Callable[[Path], AbstractContextManager[Verify]],
    tamperings: int = 10_000,
    *,
    seed: int = 1,
    progress: Progress = NO_PROGRESS,
) -> Run:
    """Measures which changes are found. opened: verifies the gallery that it opens.

    A bureau is made in the folder, which must not be there. Raises Unavailable.
    """
    run = Run(NAME, threads=os.cpu_count() or 1, seed=seed, tamperings=tamperings, acts=ACTS, database="SQLite")
    notes = _made(folder, seed)
    rng, intruder = random.Random(seed), Intruder(folder)
    counts, missed, seconds = {kind: _Counts() for kind in WORDS}, list[str](), list[float]()
    originals: dict[str, str] = {}
    progress.start("Tampering", tamperings)
    with opened(folder) as verify, closing(intruder):
        _must_be_whole(verify, notes)
        for number in range(1, tamperings + 1):
            with intruder.tampering(rng) as one:
                began = time.perf_counter()
                found = verify(notes)
                seconds.append(time.perf_counter() - began)
            count, named = counts[one.kind], one.named_in(found, originals)
            count.made += 1
            count.found += bool(found)
            count.named += named
            if not named:
                missed.append(f"{one.what}: {', '.join(found[:3]) or 'nothing was found'}")
            if number % EVERY == 0 or number == tamperings:
                _must_be_whole(verify, notes)
            progress.advance()
    progress.done()
    run.note("gallery", intruder.sizes)
    run.note("checkpoints", len(notes))
    run.note("tamperings", {kind: vars(count) for kind, count in counts.items()})
    run.note("missed", missed)
    run.record("verify", seconds, unit="ms", scale=1e3)
    return run


def _made(folder: Path, seed: int) -> list[str]:
    """Makes a bureau with acts of every kind; returns the checkpoints that it handed out, the last one of all that was done."""
    served.command("init", "--gallery", str(folder))
    token, clerk = served.new_token(folder), Clerk(1, seed)
    with served.serving(folder, token) as server:
        clerk.work(server, lambda: sum(clerk.ledger.acknowledged.values()) >= ACTS)
    images = [str(one.path) for one in served.enrolled()[:LABELLED]]
    served.command("enrol", "--gallery", str(folder), *KNOWN, *images)
    password = folder.with_name(f"{folder.name}-password")
    write_secret(password, secrets.token_hex().encode())
    for name in USERS:
        chosen = ("--role", "examiner", "--password-file", str(password))
        served.command("user", "create", "--gallery", str(folder), name, *chosen)
    password.unlink()
    served.command("user", "end", "--gallery", str(folder), USERS[-1])
    _register(folder, USERS[0])
    purpose = ("--purpose", "benchmark", "--legal-basis", "none")
    served.command("duplicates", "--gallery", str(folder), "--llr", LOW, *purpose, fine=(0, 1))
    return [*clerk.ledger.checkpoints, served.command("audit", "checkpoint", "--gallery", str(folder)).stdout]


def _register(folder: Path, user: str) -> None:
    """Gives a user a passkey that nobody holds: a command can make none."""
    store = open_store(folder)
    passkey = StoredPasskey(secrets.token_urlsafe(), user, "key at the desk", secrets.token_bytes(77), STARTED, 7, STARTED)
    store.passkeys.add(passkey, Act("create-passkey", {"name": user, "door": "page"}))
    store.close()


def _must_be_whole(verify: Verify, notes: Sequence[str]) -> None:
    """Raises Unavailable."""
    if found := verify(notes):
        raise Unavailable(
            f"the gallery was put back, and {', '.join(found[:3])} is not as it was; this is a defect of the benchmark"
        )


class Intruder:
    """Somebody who writes to a gallery's database and files past everything that guards them."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._line = sqlite3.connect(folder / "gallery.db", isolation_level=None)
        self._line.row_factory = sqlite3.Row
        self._line.execute("PRAGMA synchronous = OFF")
        self._rows = {table: self._keys(table, _WHICH.get(table, "1")) for table in COMMITTED}
        self._files = sorted(path for path in (folder / "blobs").rglob("*") if path.is_file())
        self._size = len(self._rows["audit_leaves"])

    def close(self) -> None:
        self._line.close()

    @property
    def sizes(self) -> dict[str, int]:
        return {table: len(rows) for table, rows in self._rows.items()} | {"originals": len(self._files)}

    @contextmanager
    def tampering(self, rng: random.Random) -> Iterator[Tampering]:
        """Makes one thing another within the block."""
        (how,) = rng.choices(list(SHARES), list(SHARES.values()))
        with {"row": self._row, "put-in": self._put_in, "original": self._original, "end": self._end}[how](rng) as what:
            yield what

    @contextmanager
    def _row(self, rng: random.Random) -> Iterator[Tampering]:
        table = rng.choice(list(COMMITTED))
        key = rng.choice(self._rows[table])
        (was,) = self._taken(table, f"rowid = {key}")
        if table not in _SEALED and rng.random() < DELETED:
            self._line.execute(f"DELETE FROM {table} WHERE rowid = {key}")
            yield self._of_row(table, was, None)
            self._put_back(table, [was])
            return
        column = rng.choice(COMMITTED[table])
        if table == "audit_items" and was["content"] is None:  # erased: nobody can tell who stood there
            column = "content"
        self._line.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = {key}", (another(was[column], rng),))
        yield self._of_row(table, was, column)
        self._line.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = {key}", (was[column],))

    @contextmanager
    def _put_in(self, rng: random.Random) -> Iterator[Tampering]:
        """Adds one row more: like another one, under a name of its own."""
        table = rng.choice(list(_KEY))
        (like,) = self._taken(table, f"rowid = {rng.choice(self._rows[table])}")
        column = _KEY[table]
        row = {name: value for name, value in dict(like).items() if name != "rowid"} | {column: f"{like[column]}x"}
        marks = ", ".join("?" * len(row))
        number = self._line.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values())).lastrowid
        yield Tampering(table, f"a row of {table} put in", frozenset(self._places(table, row, deleted=False)))
        self._line.execute(f"DELETE FROM {table} WHERE rowid = {number}")

    @contextmanager
    def _original(self, rng: random.Random) -> Iterator[Tampering]:
        """Changes a bit, or removes the file."""
        path = rng.choice(self._files)
        was = path.read_bytes()
        if rng.random() < 0.5:
            path.write_bytes(another(was, rng))
        else:
            path.unlink()
        yield Tampering("originals", f"the original in {path.name}")
        path.write_bytes(was)

    @contextmanager
    def _end(self, rng: random.Random) -> Iterator[Tampering]:
        """Removes the last leaves, with their items, nodes and searches: only a checkpoint that is kept elsewhere can tell."""
        size = rng.randrange(1, self._size)
        which = {
            "audit_items": f"leaf >= {size}",
            "searches": f"leaf >= {size}",
            "audit_nodes": f"place >= ({size} >> level)",
            "audit_leaves": f"number >= {size}",
        }
        kept = {table: self._taken(table, rows) for table, rows in which.items()}
        for table, rows in which.items():
            self._line.execute(f"DELETE FROM {table} WHERE {rows}")
        yield Tampering("end", f"the tree cut to {size} leaves", frozenset({self._checkpoint}))
        for table, rows_ in kept.items():
            self._put_back(table, rows_)

    @property
    def _checkpoint(self) -> str:
        return f"checkpoint of {self._size} leaves"

    def _of_row(self, table: str, was: sqlite3.Row, column: str | None) -> Tampering:
        """Describes the change of a row. column: that was changed; None: the row was deleted."""
        what = f"{column or 'row'} of {table} {was['rowid']}"
        return Tampering(table, what, frozenset(self._places(table, was, deleted=column is None)))

    def _places(self, table: str, was: sqlite3.Row | dict[str, Any], *, deleted: bool) -> Iterator[str]:
        if table == "audit_leaves":
            yield f"leaf {was['number']}"
            if deleted and was["number"] == self._size - 1:
                yield self._checkpoint
        elif table == "audit_items":
            yield f"leaf {was['leaf']}" if deleted else f"item {was['leaf']}/{was['place']}"
        elif table == "audit_nodes":
            yield f"node {was['level']}/{was['place']}"
            if was["level"] == 0:
                yield f"leaf {was['place']}"
        elif table == "records":
            yield f"record {was['sequence']}"
            if deleted and was["rowid"] == self._rows["records"][-1]:
                yield "records"
        elif table == "labels":
            (name,) = self._line.execute("SELECT print_id FROM prints WHERE sequence = ?", (was["sequence"],)).fetchone()
            yield f"print {name}"
        elif table == "job_items":
            yield f"item {was['number']} of task {was['job']}"
        else:
            word, column = _NAMED[table]
            yield f"{word} {was[column]}"

    def _keys(self, table: str, which: str) -> list[int]:
        return [found[0] for found in self._line.execute(f"SELECT rowid FROM {table} WHERE {which} ORDER BY rowid")]

    def _taken(self, table: str, which: str) -> list[sqlite3.Row]:
        return self._line.execute(f"SELECT rowid AS rowid, * FROM {table} WHERE {which}").fetchall()

    def _put_back(self, table: str, rows: Sequence[sqlite3.Row]) -> None:
        for one in rows:
            marks = ", ".join("?" * len(one))
            self._line.execute(f"INSERT INTO {table} ({', '.join(one.keys())}) VALUES ({marks})", tuple(one))


def another(value: Any, rng: random.Random) -> Any:
    """Returns another value of the same kind; of null, a number."""
    if isinstance(value, bytes):
        at = rng.randrange(len(value))
        return value[:at] + bytes([value[at] ^ (1 << rng.randrange(8))]) + value[at + 1 :]
    if value == "":
        return "x"
    if isinstance(value, str):
        at = rng.randrange(len(value))
        return value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]
    return 77 if value is None else value + 1


def table(results: Results) -> Iterator[str]:
    document = results.get(NAME)
    if document is None:
        yield MISSING
        return
    yield from head("what was changed", "times", "found", "**not found, or its place not named**")
    found = document["figures"]["tamperings"]
    for kind, words in WORDS.items():
        if kind in found:  # kinds grow in number
            yield _line(words, [found[kind]])
    yield _line("**all**", list(found.values()))


def _line(words: str, counts: Sequence[dict[str, int]]) -> str:
    made, found, named = (sum(one[name] for one in counts) for name in ("made", "found", "named"))
    return row(words, f"{made:,}", f"{found:,}", f"**{made - named:,}**")
