"""biomatch bench service and its neighbours: what they take, and that what must not be is exit code 1."""

import json
import sqlite3
from contextlib import closing

import pytest

from biomatch.bench.service import kills, power
from biomatch.cli import bench_service
from biomatch.cli.console import Exit

SOUND = {"findings": []}
KEPT = {"lost": 0, "come back": 0}
WELL, LOST = {"violations": []}, {"violations": ["bert is gone"]}
WORN = {"failed": 0, "requests": 9, "slower": 1, "health_s": 2, "memory_mb": 9}


@pytest.mark.parametrize(
    ("name", "figures", "words"),
    [
        ("service", {"enrolment": {"asked_for": 9, "readable": 7}}, "acknowledged and cannot be read: 2"),
        ("soak", {"ledger": {"lost": 2, "come back": 0}, "check": SOUND}, "persons who had to be there and are not: 2"),
        ("soak", {"ledger": {"lost": 0, "come back": 1}, "check": SOUND}, "persons who were deleted and came back: 1"),
        ("soak", {"ledger": KEPT, "check": {"findings": ["a print"]}}, "check: a print"),
        ("kills", {"violations": ["[anna] is gone"], "audit_findings": [], "check": SOUND}, "[anna] is gone"),
        ("kills", {"violations": [], "audit_findings": ["leaf 7"], "check": SOUND}, "leaf 7"),
        ("kills", {"violations": [], "audit_findings": [], "check": {"findings": ["a print"]}}, "check: a print"),
        ("power", {"cuts": dict.fromkeys(power.WAYS, LOST), "failures": {}}, "what was not synced: bert is gone"),
        ("power", {"cuts": dict.fromkeys(power.WAYS, WELL), "failures": {"fsync": LOST}}, "fsync: bert is gone"),
        ("replays", {"violations": ["another score"], "audit_findings": []}, "another score"),
        ("replays", {"violations": [], "audit_findings": ["leaf 7"]}, "leaf 7"),
        ("tamperings", {"missed": ["a label"]}, "a label"),
        ("attack", {"attacks": {"silence": WORN}}, "silence: /healthz took 2 s"),
        ("service", {"enrolment": {"asked_for": 9, "readable": 9}}, None),
        ("soak", {"ledger": KEPT, "check": SOUND}, None),
        ("kills", {"violations": [], "audit_findings": [], "check": SOUND}, None),
        ("power", {"cuts": dict.fromkeys(power.WAYS, WELL), "failures": {"fsync": WELL}}, None),
        ("replays", {"violations": [], "audit_findings": []}, None),
    ],
)
def test_what_must_not_be_is_printed_and_written_and_then_the_exit_code_is_1(
    biomatch, measured, tmp_path, name, figures, words
):
    measured("service.load" if name == "service" else f"service.{name}", name, figures)
    ran = biomatch("bench", name, "--out", tmp_path)
    assert ran.code == (Exit.OK if words is None else Exit.NO)
    assert words is None or f"{words}\n" in ran.out
    assert json.loads((tmp_path / f"{name}.json").read_text())["figures"] == figures
    again = biomatch("bench", name, "--out", tmp_path, "--replace", "--json")
    assert (again.code, again.json["figures"]) == (ran.code, figures)


def test_a_gallery_that_nothing_fits_into_is_refused(refused):
    assert "1 print must fit into it" in refused("concurrent", "--prints", "1")


def test_kills_on_postgresql_are_a_result_of_their_own(biomatch, measured, tmp_path):
    asked = measured("service.kills", kills.ON_POSTGRESQL, {"violations": [], "audit_findings": [], "check": SOUND})
    (tmp_path / f"{kills.NAME}.json").write_text("{}")  # which is not in its way
    assert biomatch("bench", "kills", "--kills", 3, "--database", "postgresql://x/y", "--out", tmp_path).code == Exit.OK
    ((place, count), named) = asked[0]
    assert (count, named["database"], named["seed"]) == (3, "postgresql://x/y", 1)
    assert not place.exists()
    assert (tmp_path / f"{kills.ON_POSTGRESQL}.json").exists()
    assert kills.ON_POSTGRESQL != kills.NAME


def test_a_gallery_is_kept_only_where_somebody_says_so(tmp_path):
    with bench_service._place(tmp_path) as kept, bench_service._place(None) as passing:
        assert kept == tmp_path
        assert passing.is_dir()
    assert kept.is_dir()
    assert not passing.exists()


def test_what_was_tampered_with_is_looked_for_as_the_command_does(gallery):
    with bench_service._verifying(gallery) as verify:
        assert verify([]) == []
        with closing(sqlite3.connect(gallery / "gallery.db")) as database, database:
            database.execute("UPDATE prints SET person = 'P09' WHERE person = 'P01'")
        assert {where.split()[0] for where in verify([])} == {"print", "original"}
