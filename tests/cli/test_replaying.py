"""biomatch replay: a past search once more; that something differs is the exit code."""

import sqlite3
from contextlib import closing

from biomatch.bureau import Replayed
from biomatch.cli.console import Exit
from biomatch.cli.replaying import _print


def test_a_past_search_is_repeated_and_is_the_same(biomatch, gallery, sample):
    biomatch("init", "-g", gallery)
    probe, why = sample / "enrol" / "P03-right-index_2.png", ("--purpose", "border check", "--legal-basis", "act 4")
    search = biomatch("identify", "-g", gallery, probe, *why, "--json").json["search"]
    biomatch("compact", "-g", gallery)
    ran = biomatch("replay", "-g", gallery, search)
    assert (ran.code, "the same to the bit:" in ran.out) == (Exit.OK, True)
    biomatch("remove", "-g", gallery, "--person", "P03")
    ran = biomatch("replay", "-g", gallery, search)
    assert (ran.code, "erased since: candidate 1" in ran.out) == (Exit.OK, True)
    with closing(sqlite3.connect(gallery / "gallery.db")) as database, database:
        database.execute("UPDATE searches SET compared = replace(compared, 'true', 'false')")
    assert biomatch("replay", "-g", gallery, search).code == Exit.NO
    assert biomatch("replay", "-g", gallery, "nothing").code == Exit.NOT_FOUND


def test_a_search_is_repeated_with_the_master_key_in_another_place(biomatch, files, gallery, monkeypatch):
    search = biomatch("identify", "-g", gallery, "--json", "good.png").json["search"]
    assert biomatch("key", "rotate", "-g", gallery, "--to", files / "master").code == 0
    monkeypatch.setenv("BIOMATCH_MASTER_KEY_FILE", str(files / "master"))
    assert biomatch("replay", "-g", gallery, search).code == 0


def test_a_repeat_as_json_is_the_same_answer_with_the_same_exit_code(biomatch, gallery, probe):
    search = biomatch("identify", "-g", gallery, probe, "--json").json["search"]
    ran = biomatch("replay", "-g", gallery, search, "--json")
    assert (ran.code, ran.json["same"], ran.json["differences"]) == (Exit.OK, True, [])
    with closing(sqlite3.connect(gallery / "gallery.db")) as database, database:
        database.execute("UPDATE searches SET compared = replace(compared, 'true', 'false')")
    ran = biomatch("replay", "-g", gallery, search, "--json")
    assert (ran.code, ran.json["same"], bool(ran.json["differences"])) == (Exit.NO, False, True)


def test_what_differs_is_said_with_what_runs_otherwise(capsys):
    found = Replayed(
        "s", 5, "2026", 12, 1, False, 2, ("the score of [b]",), ("candidate 1",), {"numpy": ("1.26", ""), "faiss": ("1", "2")}
    )
    _print(found)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "search s of 2026: 1 print after record 12, leaf 5",
        "erased since: candidate 1",
        "differs: the score of [b]",
        "numpy was 1.26, and is not there",
        "faiss was 1, and is 2",
    ]
