"""Whatever happens in whatever order: the database says what a plain log in memory says, and the audit tree bears it out."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from biomatch.gallery import MemoryLog
from biomatch.gallery.interface import Appended, Entry, Source
from biomatch.store import Act, Item, open_store
from biomatch.store.audit import committed
from biomatch.template import Minutiae, Template
from tests.lanes import often

STORIES = often(25)
COME = "2026-11-27T12:00:00.000+00:00"
PERSONS, LABELS = st.sampled_from("abc"), st.frozensets(st.sampled_from(["x", "y"]))


def template(seed):
    rng = np.random.default_rng(seed)
    return Template(
        Minutiae.of(rng.uniform(0, 300, 5), rng.uniform(0, 300, 5), rng.uniform(0, 6, 5)), 300, 300, extractor="m/1"
    )


class Stories(RuleBasedStateMachine):
    """`known`: what each print is, active or not."""

    new_database = staticmethod(lambda: None)

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(Path(self.folder.name) / "gallery", database=self.new_database())
        self.plain, self.known, self.made, self.notes = MemoryLog(), {}, 0, []

    def new(self, person, labels, active=True):
        self.made += 1
        (sha,) = self.store.blobs.put([(person, b"%d" % self.made)])
        made = template(self.made)
        return Entry(person, "e", f"p{self.made}", made, labels, Source(sha, "image/png", None), active, enrolled=COME)

    def act(self, kind, entries, **details):
        items = tuple(map(committed.of_entry, entries))
        return Act(kind, {"name": "me"}, details={"prints": [entry.print_id for entry in entries], **details}, items=items)

    @rule(person=PERSONS, labels=LABELS, count=st.integers(1, 3))
    def enrol(self, person, labels, count):
        entries = [self.new(person, labels) for _ in range(count)]
        self.plain.append(entries)
        with self.store.transaction() as work:
            work.tell(self.act("enrol", entries))
            self.store.log.append(entries, work)
        self.known |= {entry.print_id: entry for entry in entries}

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def remove(self, data):
        names = data.draw(st.lists(st.sampled_from(sorted(self.known)), min_size=1, max_size=3, unique=True))
        persons = self.store.prints.persons_of(names)
        items = tuple(Item({"person": person}, person) for person in sorted({self.known[name].person for name in names}))
        act = Act("remove", {"name": "me"}, details={"prints": names}, items=items)
        self.plain.tombstone(names)
        with self.store.transaction() as work:
            work.tell_removal(act, persons)
            self.store.log.tombstone(names, work)
        self.store.destroy_keys(persons)
        for name in names:
            self.known.pop(name)

    @precondition(lambda self: self.known)
    @rule(data=st.data(), person=PERSONS, labels=LABELS, active=st.booleans(), added=st.integers(0, 1), gone=st.integers(0, 1))
    def change(self, data, person, labels, active, added, gone):
        names = data.draw(st.lists(st.sampled_from(sorted(self.known)), min_size=1, max_size=4, unique=True))
        gone, names = names[:gone], names[gone:]
        entries = [replace(self.known[name], person=person, labels=labels, active=active) for name in names]
        entries += [self.new(person, labels, active) for _ in range(added)]
        inactive = [entry.print_id for entry in entries if not entry.active]
        act = self.act("update", entries, gone=gone, inactive=inactive)
        self.plain.change(entries, gone)
        self.store.blobs.put((person, entry.print_id[1:].encode()) for entry in entries)
        with self.store.transaction() as work:
            work.tell_change(act)
            self.store.log.change(entries, gone, work)
        for name in gone:
            self.known.pop(name)
        self.known |= {entry.print_id: entry for entry in entries}

    @rule()
    def keep_a_checkpoint(self):
        self.notes.append(self.store.audit.checkpoint())

    @rule()
    def rotate(self):
        wrapped = self.store.keys.master.id
        assert self.store.rotate(None).id == self.store.keys.master.id != wrapped

    @rule()
    def reopen(self):
        self.store.close()
        self.store = open_store(self.store.folder)

    @invariant()
    def the_log_is_the_plain_one(self):
        if not hasattr(self, "store"):
            return
        assert self.store.log.head == self.plain.head
        alive = {}
        for record in self.store.log.replay():
            if isinstance(record, Appended):
                alive[record.entry.print_id] = record.entry
            else:
                alive.pop(record.print_id, None)
        wanted = {name: entry for name, entry in self.known.items() if entry.active}
        assert {name: (e.person, e.labels) for name, e in alive.items()} == {n: (e.person, e.labels) for n, e in wanted.items()}
        kept = {one.print_id: (one.person, one.labels, one.active) for one in self.store.prints.all()}
        assert kept == {name: (entry.person, entry.labels, entry.active) for name, entry in self.known.items()}
        persons = {entry.person for entry in self.known.values()}
        assert persons <= {person for person in "abc" if self.store.keys.has(f"person/{person}")}

    def teardown(self):
        if hasattr(self, "store"):
            report = self.store.audit.verify(self.store.blobs, self.notes)
            assert report.ok, report.findings
            self.store.close()
            self.folder.cleanup()


def test_every_story_ends_as_it_does_in_memory(new_database):
    stories = type("TheseStories", (Stories,), {"new_database": staticmethod(new_database)})
    run_state_machine_as_test(stories, settings=settings(max_examples=STORIES, stateful_step_count=20))
