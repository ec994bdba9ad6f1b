"""Recomputes the audit tree from its leaves, each read once and in order, and collects what they say of everything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from biomatch import json_text
from biomatch.crypto import commitment, sha256
from biomatch.store.audit import merkle, tree
from biomatch.store.audit.standing import ADOPT_TABLES, Standing
from biomatch.store.audit.tree import Leaf
from biomatch.store.keys.keyring import Keyring
from biomatch.store.rows import searches, tables

CHANGES = ("update", "move", "merge", "set-status", "set-galleries", "set-biography", "reindex")
"""Acts after which prints are something else."""
GIVES = ("enrol", "adopt", *CHANGES)  # acts whose items say what prints are from then on
REMOVES = ("remove",)


@dataclass(frozen=True)
class Finding:
    """Something that is not what was committed to. where: "leaf 12", "print 3f..."; what: in words."""

    where: str
    what: str


@dataclass
class PrintTold:
    """The leaves' word on a print, now or at one time. content: digest of its item's content; None: erased.

    timed  the item says when it came
    """

    leaf: int
    content: bytes | None
    timed: bool


@dataclass
class SearchTold:
    """The leaf's word on a search.

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
        """Tells whether a row is what the leaf committed to; `kept`: digest of the row. Probes are looked at apart."""
        said = (self.leaf, self.kept, self.label, row.person if self.person == "" else self.person)
        return said == (row.leaf, kept, row.label, row.person)


def read(connection: Connection, keys: Keyring) -> Told:
    """Reads what all leaves say, and what is wrong with leaves, nodes and items themselves."""
    reader = _Reader(connection, Told(Standing(keys)))
    reader.leaves()
    reader.items_that_no_leaf_has()
    reader.nodes_that_no_leaf_has()
    reader.erasures()
    return reader.told


@dataclass
class Told:
    """The leaves' word on everything.

    size      leaves
    nodes     hashes (32,) of the tree, by level and place
    alive     enrolled prints
    past      what each was, by the record that ended it
    came      when prints came whose own leaf does not say it
    erased    items whose content is gone
    log       kind and print of each record that an act wrote
    log_from  records that are older than the tree
    made      searches
    unlimited, emptied  searches that lost their label, or all that a repeat needs, as acts say
    begun     what the first leaf says of the tree
    """

    standing: Standing
    size: int = 0
    findings: list[Finding] = field(default_factory=list)
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    alive: dict[str, PrintTold] = field(default_factory=dict)
    past: dict[str, dict[int, PrintTold]] = field(default_factory=dict)
    came: dict[str, str] = field(default_factory=dict)
    erased: set[tuple[int, int]] = field(default_factory=set)
    log: list[tuple[str, str]] = field(default_factory=list)
    log_from: int = 0
    made: dict[str, SearchTold] = field(default_factory=dict)
    unlimited: set[str] = field(default_factory=set)
    emptied: set[str] = field(default_factory=set)
    begun: dict[str, Any] = field(default_factory=dict)

    def node(self, level: int, place: int) -> bytes:
        """Returns the hash (32,) of a node."""
        return self.nodes[level, place]


@dataclass
class _Reader:
    """owned: erasures that an act says it made."""

    connection: Connection
    told: Told
    owned: set[tuple[int, int]] = field(default_factory=set)

    def say(self, where: str, what: str) -> None:
        self.told.findings.append(Finding(where, what))

    def leaves(self) -> None:
        """Reads each leaf in its turn: bytes, hash, nodes, items, and what it says of prints."""
        for leaf in tree.every_leaf(self.connection):
            if leaf.number != self.told.size:
                self.say(f"leaf {self.told.size}", f"is missing; the next is {leaf.number}")
                return
            self._nodes(leaf)
            self.told.size += 1
            said = self._said(leaf)
            if said is not None:
                self._items(leaf)
                try:
                    self._follow(leaf, said)
                except (KeyError, TypeError, ValueError):
                    self.say(f"leaf {leaf.number}", "lacks what its act says of itself")

    def _nodes(self, leaf: Leaf) -> None:
        c = tables.audit_nodes.c
        for level, place, value in merkle.completed(leaf.number, leaf.hash, self.told.node):
            self.told.nodes[level, place] = value
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
                self.told.erased.add((leaf.number, item.place))
            elif item.salt is None or item.content is None:
                self.say(where, "is erased by half")
            elif commitment(item.salt, item.content.encode()) != item.commitment:
                self.say(where, "is not what the leaf commits to")
            else:
                self._filed(where, item.content, names[item.place])

    def _filed(self, where: str, content: str, names: tuple[str | None, str | None]) -> None:
        """Checks the person and the print that an item is filed under (`names`)."""
        try:
            said = json_text.parse(content)
            if names != (said.get("person"), said.get("print")):
                self.say(where, "is filed under another person or print")
        except (ValueError, AttributeError):
            self.say(where, "does not read as an item")

    def _follow(self, leaf: Leaf, said: dict[str, Any]) -> None:
        kind, details = said["act"], said["details"]
        self.told.standing.follow(leaf.number, said)
        named = details.get("prints", [])
        if leaf.number == 0:
            self.told.begun = details
        if kind == ADOPT_TABLES:
            self._follow_times(leaf)
        self.owned |= {(number, place) for number, place in details.get("erased", [])}
        self.told.unlimited |= set(details.get("unlimited", []))
        self.told.emptied |= set(details.get("emptied", []))
        if kind == "identify" and "search" in details:  # else it is older than repeats are
            limits = _limits(leaf)
            person = limits.get("person") if said["layout"] >= tree.SEALED_TABLES else ""
            label, erased = limits.get("where", {}).get("label"), searches.probes_erased(leaf)
            self.told.made[details["search"]] = SearchTold(leaf.number, details["kept"], person, label, erased)
        if kind == "adopt":
            self.told.log_from = details["sequence"]
        if kind in CHANGES or "inactive" in details:  # an enrolment says it where some are
            self._follow_change(named, details)
        elif kind == "enrol":
            self.told.log += [(tables.APPENDED, name) for name in named]
        if kind in REMOVES:
            self.told.log += [(tables.TOMBSTONED, name) for name in named]
        if kind in GIVES:
            for name, item in zip(named, leaf.items, strict=False):
                content = None if item.content is None else sha256(item.content.encode())
                self.told.alive[name] = PrintTold(leaf.number, content, timed=said["layout"] >= tree.SEALED_TABLES)
        if kind in REMOVES:
            for name in named:
                self.told.alive.pop(name, None)
                self.told.past.pop(name, None)

    def _follow_times(self, leaf: Leaf) -> None:
        """Notes the times of enrolment of prints that are older than the leaf over an older folder's tables."""
        for item in leaf.items:
            if item.content is not None:
                self.told.came |= json_text.parse(item.content)["created"]

    def _follow_change(self, named: list[str], details: dict[str, Any]) -> None:
        """Follows the records that TemplateLog.change writes."""
        gone, inactive = details["gone"], set(details["inactive"])
        ended = [name for name in named if name in self.told.alive or name in inactive]
        for number, name in enumerate(ended, self.told.log_from + len(self.told.log) + len(gone) + 1):
            if name in self.told.alive:
                self.told.past.setdefault(name, {})[number] = self.told.alive[name]
        self.told.log += [(tables.TOMBSTONED, name) for name in (*gone, *ended)]
        self.told.log += [(tables.APPENDED, name) for name in named if name not in inactive]
        for name in gone:
            self.told.alive.pop(name, None)
            self.told.past.pop(name, None)

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
        if kept > len(self.told.nodes):
            self.say("nodes", f"{kept - len(self.told.nodes)} are kept for leaves that are missing")

    def erasures(self) -> None:
        for number, place in sorted(self.told.erased - self.owned):
            self.say(f"item {number}/{place}", "is erased, and no act says so")
        for number, place in sorted(self.owned - self.told.erased):
            self.say(f"item {number}/{place}", "was erased, and is back")


def _limits(leaf: Leaf) -> dict[str, Any]:
    """Returns the item of a search's filter: to whom it was limited, with whose enrolled prints it was made. Empty: none, or
    erased."""
    told = [json_text.parse(item.content) for item in leaf.items if item.content is not None]
    return next((one for one in told if "where" in one), {})
