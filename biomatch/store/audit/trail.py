"""The audit tree of one gallery: what was done, and proofs of it that need no trust in whoever keeps it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import NoResultFound

from biomatch.crypto import PublicKey, SigningKey
from biomatch.errors import GalleryDamaged, KeyDamaged, KeyMissing, LeafNotFound, WrongTreeSize
from biomatch.store.audit import committed, tree
from biomatch.store.audit.checkpoint import verifier_key
from biomatch.store.audit.standing import BEGIN
from biomatch.store.audit.tree import Act, Leaf
from biomatch.store.audit.verification import Report, verify
from biomatch.store.blobs import Blobs
from biomatch.store.commits import Commits
from biomatch.store.database import reading, translated
from biomatch.store.jobs import items as job_items
from biomatch.store.keys.keyring import Keyring
from biomatch.store.keys.master_key import KEYS
from biomatch.store.reserve import FOR_LEAVES
from biomatch.store.rows import answers, searches, settings, tables
from biomatch.store.rows.prints import every_print
from biomatch.store.rows.templates import open_template

Result = TypeVar("Result")

KEY = Path(KEYS) / "audit.pem"
_KEY_IN_META = "audit_key"


@dataclass(frozen=True)
class Proof:
    """A proof that a leaf is in the tree. path: hashes (32,) from the leaf to the root; checkpoint: the signed note they lead
    to."""

    leaf: Leaf
    path: tuple[bytes, ...]
    checkpoint: str
    key: str


@dataclass(frozen=True)
class Consistency:
    """A proof that the tree of `second` leaves begins with that of `first`. path: hashes (32,)."""

    first: int
    second: int
    path: tuple[bytes, ...]
    checkpoint: str


class AuditTrail:
    """Safe from many threads."""

    def __init__(self, engine: Engine, folder: Path, commits: Commits, keys: Keyring, bureau: str):
        """Raises KeyMissing, KeyDamaged, GalleryDamaged."""
        self._engine = engine
        self._folder = folder
        self._keys = keys
        self._commits = commits
        self._bureau = bureau
        self._key = self._read_key()

    def begin(self) -> None:
        """Writes the first leaves, where there are none."""
        if not self.size():
            self._commits.run(self._begin)

    @property
    def origin(self) -> str:
        return f"biomatch/{self._bureau}"

    @property
    def public(self) -> PublicKey:
        return self._key.public

    @property
    def key(self) -> str:
        """The public key, as tools that read signed notes want it."""
        return verifier_key(self.origin, self._key.public)

    def record(self, act: Act) -> int:
        """Writes a leaf of an act that changes nothing else; durable on return. Its number."""
        items = tree.salted(act.items)
        return self._commits.run(lambda connection: tree.append(connection, act, self._bureau, items), least=FOR_LEAVES)

    def write_removal(self, connection: Connection, act: Act, persons: Sequence[str]) -> None:
        """Writes the leaf of a removal of the prints that the act names, and takes away what older leaves say of them.

        persons  whose prints they are: of those who have no other print every trace goes
        """
        c = tables.prints.c
        still = set(connection.execute(select(c.person).distinct().where(c.person.in_(persons))).scalars())
        gone = [person for person in persons if person not in still]
        answers.erase(connection, gone)
        searches.erase(connection, gone)
        job_items.erase(connection, self._keys, gone)
        forgotten = searches.forget_labels(connection)
        erased = tree.erase(connection, persons=gone, print_ids=act.details["prints"], filters=forgotten.leaves)
        items = tuple(item for item in act.items if item.person in still)
        details = act.details | {"erased": erased} | forgotten.told
        self.write(connection, replace(act, details=details, items=items))

    def write_change(self, connection: Connection, act: Act) -> None:
        """Writes the leaf of a change, and takes away what older leaves say of the prints that went with it."""
        forgotten = searches.forget_labels(connection)
        erased = tree.erase(connection, print_ids=act.details["gone"], filters=forgotten.leaves)
        self.write(connection, replace(act, details=act.details | {"erased": erased} | forgotten.told))

    def write(self, connection: Connection, act: Act) -> int:
        """Writes an act's leaf into a transaction; its number."""
        return tree.append(connection, act, self._bureau)

    def size(self) -> int:
        return self._reading(tree.size)

    def persons(self) -> set[str]:
        """Returns all persons of whom a leaf tells: a removal erases that, and rows that were lost or changed otherwise do
        not."""
        column = tables.audit_items.c.person
        query = select(column).distinct().where(column.is_not(None))
        return self._reading(lambda connection: set(connection.execute(query).scalars()))

    def checkpoint(self) -> str:
        """Signs the note of the present tree."""
        return self._reading(lambda connection: tree.checkpoint(connection, self.origin)).signed(self._key)

    def leaf(self, number: int) -> Leaf:
        """Raises LeafNotFound."""
        return self._reading(lambda connection: self._leaf(connection, number))

    def leaves(self, first: int, limit: int) -> list[Leaf]:
        return self._reading(lambda connection: tree.leaves(connection, first, limit))

    def prove(self, number: int) -> Proof:
        """Raises LeafNotFound."""

        def read(connection: Connection) -> Proof:
            leaf = self._leaf(connection, number)
            found = tree.checkpoint(connection, self.origin)
            path = tree.inclusion(connection, number, found.size)
            return Proof(leaf, tuple(path), found.signed(self._key), self.key)

        return self._reading(read)

    def consistency(self, first: int, second: int | None = None) -> Consistency:
        """Proves that a tree begins with an earlier one. second None: the present tree. Raises WrongTreeSize."""

        def read(connection: Connection) -> Consistency:
            size = tree.size(connection)
            end = size if second is None else second
            if not 0 <= first <= end <= size:
                raise WrongTreeSize(first, end, size)
            path = tree.consistency(connection, first, end)
            return Consistency(first, end, tuple(path), tree.checkpoint(connection, self.origin, end).signed(self._key))

        return self._reading(read)

    def verify(self, blobs: Blobs, checkpoints: Sequence[str] = ()) -> Report:
        """Recomputes everything, and holds the tables and the originals against it.

        checkpoints  signed notes that were handed out before
        """
        with reading(self._engine, self._folder) as connection:
            return verify(connection, self.origin, self.public, self._keys, blobs, checkpoints)

    def _read_key(self) -> SigningKey:
        path = self._folder / KEY
        with reading(self._engine, self._folder) as connection:
            known = settings.written(connection, _KEY_IN_META)
        try:
            key = SigningKey.read(path)
        except FileNotFoundError:
            if known is not None:
                raise KeyMissing(str(path)) from None
            key = SigningKey.make()
            with translated(self._folder):
                key.write(path)
        if known is not None and known != key.public.text:
            raise KeyDamaged(str(path), "it is not the key that signed this gallery's checkpoints")
        return key

    def _begin(self, connection: Connection) -> None:
        """Writes the first leaf, which names the key and the settings, and takes in what an older version enrolled without a
        leaf."""
        settings.write(connection, _KEY_IN_META, self.public.text)
        told = settings.told(self._keys, settings.all_of(connection))
        self.write(connection, Act(BEGIN, {}, details={"origin": self.origin, "key": self.public.text, **told}))
        head = connection.execute(select(func.coalesce(func.max(tables.records.c.sequence), 0))).scalar_one()
        there = every_print(connection)
        while some := list(islice(there, tree.PAGE)):
            items = tuple(committed.of_row(row, open_template(self._keys, row), labels) for row, labels in some)
            details = {"prints": [row.print_id for row, _ in some], "sequence": head}
            self.write(connection, Act("adopt", {}, details=details, items=items))

    def _leaf(self, connection: Connection, number: int) -> Leaf:
        found = tree.leaves(connection, number, 1)
        if not found or found[0].number != number:
            raise LeafNotFound(number)
        return found[0]

    def _reading(self, read: Callable[[Connection], Result]) -> Result:
        try:
            with reading(self._engine, self._folder) as connection:
                return read(connection)
        except NoResultFound:
            raise GalleryDamaged(str(self._folder), "the audit tree lacks a node, `biomatch audit verify` says where") from None
