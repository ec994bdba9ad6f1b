"""Recomputes the audit tree from its leaves, and holds nodes, items, log, prints, originals and old checkpoints against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from biomatch import json_text
from biomatch.crypto import PublicKey, commitment, sha256
from biomatch.errors import BadCheckpoint, SealBroken, SealKeyGone
from biomatch.store import layout
from biomatch.store.audit import committed, merkle, tree
from biomatch.store.audit.checkpoint import Checkpoint, opened
from biomatch.store.audit.standing import ADOPT_TABLES, Standing
from biomatch.store.audit.tree import Leaf
from biomatch.store.blobs import Blobs
from biomatch.store.jobs import commitment as job_commitment
from biomatch.store.jobs import items as job_items
from biomatch.store.keys.keyring import Keyring
from biomatch.store.rows import answers, searches, settings, tables, tokens
from biomatch.store.rows.prints import originals
from biomatch.store.rows.templates import open_template
from biomatch.words import counted

CHANGES = ("update", "move", "merge", "set-status", "set-galleries", "set-biography", "reindex")
"""Acts after which prints are something else."""
GIVES = ("enrol", "adopt", *CHANGES)  # acts whose items say what prints are from then on
REMOVES = ("remove",)


@dataclass(frozen=True)
class Finding:
    """Something that is not what was committed to. where: "leaf 12", "print 3f..."; what: in words."""

    where: str
    what: str


@dataclass(frozen=True)
class Report:
    """What was recomputed, and how much was held against it. No findings: nothing was changed.

    size, root  of the tree
    erased      items whose content is gone, as acts say
    """

    origin: str
    size: int
    root: str
    prints: int
    originals: int
    erased: int
    checkpoints: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return not self.findings


def verify(
    connection: Connection,
    origin: str,
    key: PublicKey,
    keys: Keyring,
    blobs: Blobs,
    checkpoints: Sequence[str] = (),
) -> Report:
    """`checkpoints` are signed notes that were handed out before."""
    run = _Run(connection, keys, Standing(keys))
    run.leaves()
    run.items_that_no_leaf_has()
    run.nodes_that_no_leaf_has()
    run.erasures()
    run.records()
    run.prints()
    run.labels_of_no_print()
    run.searches()
    run.tables(origin, key)
    kept = run.originals(blobs)
    run.checkpoints(origin, key, checkpoints)
    root = merkle.root(run.size, run.node)
    return Report(
        origin,
        run.size,
        root.hex(),
        len(run.alive),
        kept,
        len(run.erased),
        len(checkpoints),
        tuple(run.findings),
    )


@dataclass
class _Print:
    """What the leaves say of a print now, or said once. content: digest of its item's content; None: erased.

    timed  the item says when it came
    """

    leaf: int
    content: bytes | None
    timed: bool


@dataclass
class _Search:
    """What the leaf of a search says.

    kept    digest of what is kept for a repeat
    person  whose enrolled prints it was made with; None: nobody's, or erased; empty: the leaf is too old to say
    label   that it was limited to; None: to none, or erased
    erased  its probes may be gone
    """

    leaf: int
    kept: str
    person: str | None
    label: str | None
    erased: bool

    def fits(self, row: Any, kept: str) -> bool:
        """Whether a row is what the leaf committed to; `kept`: digest of the row. Probes are looked at apart."""
        said = (self.leaf, self.kept, self.label, row.person if self.person == "" else self.person)
        return said == (row.leaf, kept, row.label, row.person)


@dataclass
class _Run:
    connection: Connection
    keys: Keyring
    standing: Standing
    size: int = 0
    findings: list[Finding] = field(default_factory=list)
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    alive: dict[str, _Print] = field(default_factory=dict)
    past: dict[str, dict[int, _Print]] = field(default_factory=dict)  # what each was, by the record that ended it
    came: dict[str, str] = field(default_factory=dict)  # when, by print, where its own leaf does not say
    erased: set[tuple[int, int]] = field(default_factory=set)
    owned: set[tuple[int, int]] = field(default_factory=set)  # erasures that an act says it made
    log: list[tuple[str, str]] = field(default_factory=list)  # kind and print of each record
    log_from: int = 0  # records that are older than the tree
    made: dict[str, _Search] = field(default_factory=dict)
    unlimited: set[str] = field(default_factory=set)  # searches that lost their label only, as acts say
    emptied: set[str] = field(default_factory=set)  # searches that lost all that a repeat needs, as acts say
    begun: dict[str, Any] = field(default_factory=dict)  # what the first leaf says of the tree

    def say(self, where: str, what: str) -> None:
        self.findings.append(Finding(where, what))

    def node(self, level: int, place: int) -> bytes:
        return self.nodes[level, place]

    def leaves(self) -> None:
        """Each in its turn: bytes, hash, nodes, items, and what it says of prints."""
        for leaf in tree.every_leaf(self.connection):
            if leaf.number != self.size:
                self.say(f"leaf {self.size}", f"is missing; the next is {leaf.number}")
                return
            self._nodes(leaf)
            self.size += 1
            said = self._said(leaf)
            if said is not None:
                self._items(leaf)
                try:
                    self._follow(leaf, said)
                except (KeyError, TypeError, ValueError):
                    self.say(f"leaf {leaf.number}", "lacks what its act says of itself")

    def _nodes(self, leaf: Leaf) -> None:
        c = tables.audit_nodes.c
        for level, place, value in merkle.completed(leaf.number, leaf.hash, self.node):
            self.nodes[level, place] = value
            kept = self.connection.execute(select(c.hash).where(c.level == level, c.place == place)).scalar_one_or_none()
            if kept is None:
                self.say(f"node {level}/{place}", "is missing")
            elif bytes(kept) != value:
                self.say(f"leaf {leaf.number}" if level == 0 else f"node {level}/{place}", "is not what its hash was made of")

    def _said(self, leaf: Leaf) -> dict[str, Any] | None:
        c = tables.audit_leaves.c
        row = self.connection.execute(select(c.created, c.bureau, c.act).where(c.number == leaf.number)).one()
        try:
            said = leaf.said
            right = (
                tree.canonical(said) == leaf.entry
                and said["number"] == leaf.number
                and (said["at"], said["bureau"], said["act"]) == (row.created, row.bureau, row.act)
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            right = False
        if not right:
            self.say(f"leaf {leaf.number}", "does not read as an entry, or its columns say something else")
            return None
        return said

    def _items(self, leaf: Leaf) -> None:
        c = tables.audit_items.c
        names = {
            row.place: (row.person, row.print_id)
            for row in self.connection.execute(select(c.place, c.person, c.print_id).where(c.leaf == leaf.number))
        }
        for item in leaf.items:
            where = f"item {leaf.number}/{item.place}"
            if item.salt is None and item.content is None:
                self.erased.add((leaf.number, item.place))
            elif item.salt is None or item.content is None:
                self.say(where, "is erased by half")
            elif commitment(item.salt, item.content.encode()) != item.commitment:
                self.say(where, "is not what the leaf commits to")
            else:
                self._filed(where, item.content, names[item.place])

    def _filed(self, where: str, content: str, names: tuple[str | None, str | None]) -> None:
        """names: the person and the print that an item is filed under."""
        try:
            said = json_text.parse(content)
            if names != (said.get("person"), said.get("print")):
                self.say(where, "is filed under another person or print")
        except (ValueError, AttributeError):
            self.say(where, "does not read as an item")

    def _follow(self, leaf: Leaf, said: dict[str, Any]) -> None:
        kind, details = said["act"], said["details"]
        self.standing.follow(leaf.number, said)
        named = details.get("prints", [])
        if leaf.number == 0:
            self.begun = details
        if kind == ADOPT_TABLES:
            self._follow_times(leaf)
        self.owned |= {(number, place) for number, place in details.get("erased", [])}
        self.unlimited |= set(details.get("unlimited", []))
        self.emptied |= set(details.get("emptied", []))
        if kind == "identify" and "search" in details:  # else it is older than repeats are
            limits = _limits(leaf)
            person = limits.get("person") if said["layout"] >= tree.SEALED_TABLES else ""
            label, erased = limits.get("where", {}).get("label"), searches.probes_erased(leaf)
            self.made[details["search"]] = _Search(leaf.number, details["kept"], person, label, erased)
        if kind == "adopt":
            self.log_from = details["sequence"]
        if kind in CHANGES or "inactive" in details:  # an enrolment says it where some are
            self._follow_change(named, details)
        elif kind == "enrol":
            self.log += [(tables.APPENDED, name) for name in named]
        if kind in REMOVES:
            self.log += [(tables.TOMBSTONED, name) for name in named]
        if kind in GIVES:
            for name, item in zip(named, leaf.items, strict=False):
                content = None if item.content is None else sha256(item.content.encode())
                self.alive[name] = _Print(leaf.number, content, timed=said["layout"] >= tree.SEALED_TABLES)
        if kind in REMOVES:
            for name in named:
                self.alive.pop(name, None)
                self.past.pop(name, None)

    def _follow_times(self, leaf: Leaf) -> None:
        """When prints came that are older than the leaf over an older folder's tables."""
        for item in leaf.items:
            if item.content is not None:
                self.came |= json_text.parse(item.content)["created"]

    def _follow_change(self, named: list[str], details: dict[str, Any]) -> None:
        """The records that TemplateLog.change writes."""
        gone, inactive = details["gone"], set(details["inactive"])
        ended = [name for name in named if name in self.alive or name in inactive]
        for number, name in enumerate(ended, self.log_from + len(self.log) + len(gone) + 1):
            if name in self.alive:
                self.past.setdefault(name, {})[number] = self.alive[name]
        self.log += [(tables.TOMBSTONED, name) for name in (*gone, *ended)]
        self.log += [(tables.APPENDED, name) for name in named if name not in inactive]
        for name in gone:
            self.alive.pop(name, None)
            self.past.pop(name, None)

    def items_that_no_leaf_has(self) -> None:
        c = tables.audit_items.c
        rows = self.connection.execute(select(c.leaf, func.count(), func.max(c.place)).group_by(c.leaf)).all()
        counts = {row[0]: (row[1], row[2]) for row in rows}
        for leaf in tree.every_leaf(self.connection):
            found, last = counts.pop(leaf.number, (0, -1))
            if found != len(leaf.items) or last >= len(leaf.items):
                self.say(f"leaf {leaf.number}", f"has {found} items kept where it names {len(leaf.items)}")
        for number in counts:
            self.say(f"leaf {number}", "is missing, but has items")

    def nodes_that_no_leaf_has(self) -> None:
        kept = self.connection.execute(select(func.count()).select_from(tables.audit_nodes)).scalar_one()
        if kept > len(self.nodes):
            self.say("nodes", f"{kept - len(self.nodes)} are kept for leaves that are missing")

    def erasures(self) -> None:
        for number, place in sorted(self.erased - self.owned):
            self.say(f"item {number}/{place}", "is erased, and no act says so")
        for number, place in sorted(self.owned - self.erased):
            self.say(f"item {number}/{place}", "was erased, and is back")

    def records(self) -> None:
        """The log holds what the acts wrote, in their order."""
        c = tables.records.c
        rows = self.connection.execute(
            select(c.sequence, c.kind, c.print_id).where(c.sequence > self.log_from).order_by(c.sequence)
        )
        kept = [(row.sequence, row.kind, row.print_id) for row in rows]
        wanted = [(self.log_from + place, kind, name) for place, (kind, name) in enumerate(self.log, 1)]
        for one, other in zip(kept, wanted, strict=False):
            if one != other:
                self.say(f"record {other[0]}", "is not what the acts wrote")
                return
        if len(kept) != len(wanted):
            self.say("records", f"there are {len(kept)} where the acts wrote {len(wanted)}")

    def labels_of_no_print(self) -> None:
        c, p = tables.labels.c, tables.prints.c
        found = select(c.sequence).distinct().outerjoin(tables.prints, c.sequence == p.sequence).where(p.sequence.is_(None))
        for sequence in self.connection.execute(found.order_by(c.sequence)).scalars():
            self.say(f"label of record {sequence}", "belongs to no print")

    def prints(self) -> None:
        """Every print is what the last act on it committed to, and was what those before it did."""
        waiting: dict[tuple[str, int | None], _Print] = {(name, None): one for name, one in self.alive.items()}
        waiting |= {(name, until): one for name, past in self.past.items() for until, one in past.items()}
        c, after = tables.prints.c, 0
        while rows := self.connection.execute(
            select(tables.prints).where(c.sequence > after).order_by(c.sequence).limit(tree.PAGE)
        ).all():
            marks = labels(self.connection, rows[0].sequence, rows[-1].sequence)
            after = rows[-1].sequence
            for row in rows:
                self._print(row, waiting.pop((row.print_id, row.until), None), marks.get(row.sequence, ()))
        for (name, until), lost in waiting.items():
            what = "is missing" if until is None else f"lacks what it was until record {until}"
            self.say(f"print {name}", f"{what}, and no act after leaf {lost.leaf} removed it")

    def _print(self, row: Any, known: _Print | None, marks: Sequence[str]) -> None:
        """A row against what a leaf says of it. One that is past does not say whether searches found it: either is right."""
        where, is_past = f"print {row.print_id}", row.state == tables.PAST
        try:
            template = open_template(self.keys, row)
        except (SealBroken, SealKeyGone) as error:
            self.say(where, f"cannot be opened: {error.message}")
            return
        if known is None or is_past is (row.until is None):
            self.say(where, "is there, and no act enrolled it")
            return
        if known.content is None:
            self.say(where, f"is there, but what leaf {known.leaf} says of it is erased")
            return
        fits = [
            committed.of_row(row, template, marks, active=active, timed=known.timed)
            for active in ((True, False) if is_past else (None,))
        ]
        if known.content not in [sha256(tree.canonical(one.content).encode()) for one in fits]:
            self.say(where, f"is not what leaf {known.leaf} committed to")
        elif not known.timed and self.came.get(row.print_id) != row.created:
            self.say(where, "did not come when the leaf over the older folder says")

    def searches(self) -> None:
        """What is kept for the repeat of each search is what its leaf committed to."""
        waiting = dict(self.made)
        c, after = tables.searches.c, ""
        while rows := self.connection.execute(
            select(tables.searches).where(c.search > after).order_by(c.search).limit(tree.PAGE)
        ).all():
            after = rows[-1].search
            for row in rows:
                known, kept = waiting.pop(row.search, None), searches.digest(row.sequence, row.parameters, row.compared)
                if known is None:
                    self.say(f"search {row.search}", "is there, and no act made it")
                elif row.search in self.emptied and row.leaf == known.leaf and searches.is_emptied(row):
                    continue
                elif not known.fits(row, kept):
                    self.say(f"search {row.search}", f"is not what leaf {known.leaf} committed to")
                elif row.probes is not None:
                    self._probes(row.search, row.probes)
                elif not known.erased or row.search in self.unlimited:
                    self.say(
                        f"search {row.search}", f"has lost its probes, which leaf {known.leaf} tells of, and no act erased them"
                    )
        for name, lost in waiting.items():
            self.say(f"search {name}", f"is missing, and leaf {lost.leaf} made it")

    def tables(self, origin: str, key: PublicKey) -> None:
        """Tokens, settings, tasks, their results and answers are what leaves say and seals bind; all rows are this bureau's.

        No table, index or trigger is there that this version does not make.
        """
        for where, what in layout.faults(self.connection):
            self.say(where, what)
        if (self.begun.get("origin"), self.begun.get("key")) != (origin, key.text):
            self.say("leaf 0", "begins another tree, or names another key")
        for name, what in sorted(tokens.faults(self.connection, self.keys, self.standing.tokens).items()):
            self.say(f"token {name}", what)
        for name, what in sorted(settings.faults(self.connection, self.standing.settings).items()):
            self.say(f"setting {name}", what)
        for name, what in job_commitment.faults(self.connection, self.keys, self.standing.tasks):
            self.say(f"task {name}", what)
        for job, number in job_items.faults(self.connection, self.keys):
            self.say(f"item {number} of task {job}", "is not what was written")
        for name in answers.faults(self.connection, self.keys):
            self.say(f"answer {name}", "is not what was written")
        bureau = origin.rpartition("/")[2]
        named = {"record": tables.records.c.sequence, "print": tables.prints.c.print_id, "search": tables.searches.c.search}
        for kind, column in named.items():
            for name in self.connection.execute(select(column).where(column.table.c.bureau != bureau)).scalars():
                self.say(f"{kind} {name}", "says that it is another bureau's")

    def _probes(self, search: str, sealed: bytes) -> None:
        try:
            self.keys.open(searches.bound(search), sealed)
        except (SealBroken, SealKeyGone) as error:
            self.say(f"search {search}", f"has probes that cannot be opened: {error.message}")

    def originals(self, blobs: Blobs) -> int:
        found = sorted(originals(self.connection))
        for person, sha256_ in found:
            try:
                data = blobs.get(person, sha256_)
            except (SealBroken, SealKeyGone) as error:
                self.say(f"original {sha256_}", f"cannot be opened: {error.message}")
                continue
            if data is None:
                self.say(f"original {sha256_}", "is missing")
            elif sha256(data).hex() != sha256_:
                self.say(f"original {sha256_}", "is not what was handed over")
        return len(found)

    def checkpoints(self, origin: str, key: PublicKey, notes: Sequence[str]) -> None:
        for place, note in enumerate(notes, 1):
            where = f"checkpoint {place}"
            try:
                found = opened(note, key)
            except BadCheckpoint as error:
                self.say(where, error.message)
                continue
            self._checkpoint(f"checkpoint of {counted(found.size, 'leaf', 'leaves')}", origin, found)

    def _checkpoint(self, where: str, origin: str, found: Checkpoint) -> None:
        if found.origin != origin:
            self.say(where, f"is of another tree, {found.origin}")
        elif found.size > self.size:
            self.say(where, f"is of a longer tree, which goes on by {counted(found.size - self.size, 'leaf', 'leaves')}")
        elif merkle.root(found.size, self.node) != found.root:
            self.say(where, "had another root: a leaf before it was changed")


def _limits(leaf: Leaf) -> dict[str, Any]:
    """The item of a search's filter: whom it was limited to, whose enrolled prints it was made with. Empty: none, or erased."""
    told = [json_text.parse(item.content) for item in leaf.items if item.content is not None]
    return next((one for one in told if "where" in one), {})


def labels(connection: Connection, first: int, last: int) -> dict[int, list[str]]:
    """Labels of the prints with these numbers."""
    c = tables.labels.c
    found: dict[int, list[str]] = {}
    for sequence, label in connection.execute(select(c.sequence, c.label).where(c.sequence.between(first, last))):
        found.setdefault(sequence, []).append(label)
    return found
