"""What an auditor is handed may have been written by anybody: it is evidence, or it is refused in words."""

import json

import pytest

from biomatch.errors import BadCheckpoint, BadProof
from biomatch.store import open_store
from biomatch.store.audit import evidence


@pytest.fixture
def trail(tmp_path, enrol, search):
    store = open_store(tmp_path / "gallery")
    enrol(store, "ada", "a1", "a2")
    enrol(store, "bob", "b1")
    search(store, "ada", "bob")
    yield store.audit
    store.close()


CHANGES = [
    {"entry": "[" * 200_000},
    {"entry": '{"items": [1]}'},
    {"entry": 5},
    {"items": [{"salt": 5, "content": 5}]},
    {"items": [{"salt": "AAAA", "content": 5}]},
]


@pytest.mark.parametrize("change", [*CHANGES, {"number": "x"}, {"checkpoint": 5}, {"path": [5]}, {"path": 5}])
def test_a_proof_that_somebody_wrote_is_refused(trail, tmp_path, change):
    path = tmp_path / "proof.json"
    document = evidence.proof_document(trail.prove(1), trail.origin)
    path.write_text(json.dumps(document))
    assert evidence.check(path, trail.public).ok
    path.write_text(json.dumps(document | change))
    with pytest.raises((BadProof, BadCheckpoint)):
        evidence.check(path, trail.public)


@pytest.mark.parametrize("change", [*CHANGES, {"checkpoint": 5}])
def test_an_export_that_somebody_wrote_is_refused(trail, tmp_path, change):
    path = tmp_path / "audit.jsonl"
    lines = evidence.export_lines(trail.leaves(0, 100), trail.origin, trail.key, trail.checkpoint())
    path.write_text("\n".join(json.dumps(json.loads(line) | change) for line in lines))
    with pytest.raises((BadProof, BadCheckpoint)):
        evidence.check(path, trail.public)


@pytest.mark.parametrize("content", [b"[" * 200_000, b"\xff\xfe", b"", b"[]", b"5"])
def test_a_file_that_is_no_evidence_is_refused(trail, tmp_path, content):
    path = tmp_path / "proof.json"
    path.write_bytes(content)
    with pytest.raises(BadProof):
        evidence.check(path, trail.public)


def test_an_export_is_checked_without_the_gallery(busy, tmp_path):
    trail, path = busy.audit, tmp_path / "audit.jsonl"
    lines = list(evidence.export_lines(trail.leaves(0, 100), trail.origin, trail.key, trail.checkpoint()))
    path.write_text("\n".join(lines))
    assert evidence.check(path, trail.public).ok
    path.write_text("\n".join(lines[:-1]))
    assert not evidence.check(path, trail.public).ok
    path.write_text("\n".join(lines).replace("law 1", "law 2", 1))
    assert "another root" in evidence.check(path, trail.public).findings[0].what
    path.write_text("\n".join(lines).replace("41.5", "14.5", 1))
    assert "commits to" in evidence.check(path, trail.public).findings[0].what


def test_a_proof_is_checked_without_the_gallery(busy, tmp_path):
    path = tmp_path / "proof.json"
    document = evidence.proof_document(busy.audit.prove(3), busy.audit.origin)
    path.write_text(json.dumps(document))
    assert evidence.check(path, busy.audit.public).ok
    path.write_text(json.dumps(document | {"number": 4}))
    assert "not in the tree" in evidence.check(path, busy.audit.public).findings[0].what
