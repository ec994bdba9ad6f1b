"""Every act leaves a leaf in its own transaction, and whatever is changed afterwards is found, and where."""

import json
import shutil

import pytest

from biomatch.errors import KeyDamaged, KeyMissing, LeafNotFound, PrintExists, WrongTreeSize
from biomatch.store import open_store
from biomatch.store.audit import merkle
from biomatch.store.audit.checkpoint import key_of, opened
from biomatch.store.audit.trail import KEY


def test_what_was_done_is_in_order_and_verified(busy, verified):
    leaves = busy.audit.leaves(0, 100)
    assert [leaf.said["act"] for leaf in leaves] == ["begin", "enrol", "enrol", "identify", "enrol", "remove", "identify"]
    assert leaves[3].said["purpose"] == "border check"
    report = verified(busy, busy.audit.checkpoint())
    assert report.ok, report.findings
    assert (report.size, report.prints, report.originals) == (7, 3, 2)
    assert report.root == opened(busy.audit.checkpoint(), busy.audit.public).root.hex()


def test_an_act_that_fails_leaves_no_leaf(busy, enrol, verified):
    with pytest.raises(PrintExists):
        enrol(busy, "mallory", "a1")
    assert busy.audit.size() == 7
    assert verified(busy).ok


def test_a_leaf_tells_nothing_of_whom_it_concerns(busy):
    for leaf in busy.audit.leaves(0, 100):
        assert not {"ada", "bob", "eve"} & set(json.dumps(leaf.said).replace('"', " ").split())
    told = [item.content for leaf in busy.audit.leaves(0, 100) for item in leaf.items if item.content]
    assert any('"ada"' in content for content in told)


def test_erasure_takes_every_trace_of_a_person_and_leaves_the_tree(busy, remove, verified):
    before = busy.audit.checkpoint()
    remove(busy, "ada", "a1", "a2")
    told = [item.content for leaf in busy.audit.leaves(0, 100) for item in leaf.items if item.content]
    assert not any("ada" in content or "bob" in content for content in told)
    assert any("eve" in content for content in told)
    report = verified(busy, before)
    assert report.ok, report.findings
    assert report.erased == 6


def test_one_print_less_leaves_what_is_known_of_the_person(busy, remove, verified):
    remove(busy, "ada", "a1")
    told = [item.content for leaf in busy.audit.leaves(0, 100) for item in leaf.items if item.content]
    assert not any('"a1"' in content for content in told)
    assert any('"a2"' in content for content in told)
    assert verified(busy).ok


def test_every_leaf_is_proved_against_the_checkpoint(busy):
    for number in range(7):
        proof = busy.audit.prove(number)
        found = opened(proof.checkpoint, key_of(proof.key))
        assert merkle.includes(proof.leaf.hash, number, found.size, proof.path, found.root)
    for number in (7, 2**31, 10**30):  # the last two are larger than the databases' numbers
        with pytest.raises(LeafNotFound, match="no leaf"):
            busy.audit.prove(number)
        assert busy.audit.leaves(number, 5) == []


def test_old_checkpoints_are_shown_to_be_beginnings(store, search, verified):
    notes = [store.audit.checkpoint()]
    for number in range(9):
        search(store, f"p{number}")
        notes.append(store.audit.checkpoint())
    for note in notes:
        old, new = opened(note, store.audit.public), opened(notes[-1], store.audit.public)
        found = store.audit.consistency(old.size)
        assert merkle.consistent(old.size, new.size, old.root, new.root, found.path)
    assert verified(store, *notes).ok
    with pytest.raises(WrongTreeSize):
        store.audit.consistency(11)


def test_a_lost_key_and_a_strange_key_are_refused(store, tmp_path):
    store.close()
    path = store.folder / KEY
    path.rename(tmp_path / "kept")
    with pytest.raises(KeyMissing, match="put it back"):
        open_store(store.folder)
    other = open_store(tmp_path / "other")
    other.close()
    shutil.copy(other.folder / KEY, path)
    with pytest.raises(KeyDamaged, match="not the key that signed"):
        open_store(store.folder)
    shutil.copy(tmp_path / "kept", path)
    open_store(store.folder).close()
