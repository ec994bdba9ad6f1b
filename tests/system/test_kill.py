"""A process is killed while it works: what it acknowledged is there, and what it removed never comes back."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from biomatch.bench.service.kills import POINTS
from biomatch.bureau import Actor, SearchRequest, Upload, open_gallery
from biomatch.store import open_store
from biomatch.synthesis import synthesise_templates
from tests.lanes import often

ME = Actor("tester", "test")
RANDOM_KILLS = often(4)


@dataclass
class Ledger:
    """What killed processes acknowledged; `open`: what each may or may not have done after its last word."""

    folder: Path
    enrolled: set[int] = field(default_factory=set)
    moved: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)
    checkpoints: list[str] = field(default_factory=list)
    open: set[int] = field(default_factory=set)
    next: int = 0

    def take(self, lines: list[str]) -> None:
        for line in lines:
            what, _, number = line.partition(" ")
            if what == "enrolled":
                self.enrolled.add(int(number))
            elif what == "moved":
                self.moved.add(int(number))
            elif what == "removed":
                self.removed.add(int(number))
            elif what == "checkpoint":
                self.checkpoints.append(json.loads(number))
        last = max(self.enrolled, default=self.next - 1)
        self.open |= {last + 1} | ({last} if last % 3 == 0 else set())
        self.next = last + 2


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ledger(tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("killed") / "gallery"
    if request.param == "postgresql":
        open_store(folder, database=request.getfixturevalue("new_schema")()).close()
    return Ledger(folder)


def run(ledger, *how):
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "enroller.py"), str(ledger.folder), str(ledger.next), *how],
        stdout=subprocess.PIPE,
        text=True,
    )


def check(ledger):
    """The folder opens, and holds what the ledger says: by row, by file, by search, and by the audit tree."""
    with open_gallery(ledger.folder, workers=1) as bureau:
        there = {int(stored.person.split()[1]): stored for stored in bureau._context.store.prints.all()}
        sure = ledger.enrolled - ledger.removed - ledger.open
        assert sure <= there.keys() <= sure | ledger.open
        assert not there.keys() & ledger.removed
        assert {number for number, stored in there.items() if stored.person.startswith("moved")} >= ledger.moved
        assert len(bureau._context.gallery) == len(there)
        report = bureau.upkeep.verify_audit(ME, checkpoints=ledger.checkpoints)
        assert report.ok, report.findings
        assert len(bureau._context.store.blobs.names()) == len(there)
        assert {
            one for one in there.values() if bureau._context.store.blobs.get(one.person, one.source_sha256) is None
        } == set()
        assert len(bureau._context.store.keys) == len(bureau._context.store.prints.persons())
        for number in random.Random(1).sample(sorted(there), min(8, len(there))):
            found = bureau.searches.identify([Upload(record(number))], ME, SearchRequest(top=1)).search.candidates
            assert found[0].person == there[number].person
        for number in random.Random(2).sample(sorted(ledger.removed), min(3, len(ledger.removed))):
            found = bureau.searches.identify([Upload(record(number))], ME).search.candidates
            assert str(number) not in {candidate.person.split()[1] for candidate in found}


def record(number):
    return synthesise_templates(1, seed=11, first=number)[0].to_bytes()


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_a_named_point_loses_nothing_that_was_acknowledged(ledger, point):
    with run(ledger, point, "3") as process:
        lines = process.stdout.read().splitlines()
        assert process.wait() == -signal.SIGKILL
    ledger.take(lines)
    check(ledger)


def test_kills_at_any_moment_lose_nothing_that_was_acknowledged(ledger):
    wait = random.Random(3)
    for _ in range(RANDOM_KILLS):
        with run(ledger) as process:
            assert process.stdout.readline() == "open\n"
            lines = [process.stdout.readline() for _ in range(wait.randrange(16, 32))]
            time.sleep(wait.uniform(0.0, 0.05))
            process.kill()
            lines += process.stdout.read().splitlines()
        ledger.take(lines)
        check(ledger)
    assert len(ledger.enrolled) > 20
