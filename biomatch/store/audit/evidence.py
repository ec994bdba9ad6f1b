"""The audit tree outside its gallery: a leaf with its proof, or all leaves, as files to check with the public key alone.

    proof    one JSON document: origin, number, entry, items, path (hex), checkpoint (a signed note), key
    export   JSON lines: first origin, key and checkpoint, then number, entry and items of each leaf

An item is {"salt", "content"}, salt in base64, or null where it is erased. How hashes are made of them: docs/audit.md.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from biomatch.crypto import PublicKey, commitment
from biomatch.errors import BadCheckpoint, BadProof
from biomatch.json_text import parse
from biomatch.store.audit import merkle
from biomatch.store.audit.checkpoint import Checkpoint, opened
from biomatch.store.audit.told import Finding
from biomatch.store.audit.trail import Proof
from biomatch.store.audit.tree import KeptItem, Leaf
from biomatch.store.audit.verification import Report
from biomatch.words import counted


def proof_document(proof: Proof, origin: str) -> dict[str, Any]:
    return {
        "origin": origin,
        **_leaf(proof.leaf),
        "path": [step.hex() for step in proof.path],
        "checkpoint": proof.checkpoint,
        "key": proof.key,
    }


def export_lines(leaves: Iterable[Leaf], origin: str, key: str, checkpoint: str) -> Iterator[str]:
    yield json.dumps({"origin": origin, "key": key, "checkpoint": checkpoint}, ensure_ascii=False)
    for leaf in leaves:
        yield json.dumps(_leaf(leaf), ensure_ascii=False)


def check(path: Path, key: PublicKey, checkpoints: Iterable[str] = ()) -> Report:
    """Checks an export or a proof at `path`, and reports what it shows. Raises BadProof when it is neither,
    FileNotFoundError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        documents = [parse(line) for line in lines if line] if len(lines) > 1 else [parse("".join(lines))]
        if "path" in documents[0]:
            return _proof(documents[0], key)
        return _export(documents[0], [_read_leaf(one) for one in documents[1:]], key, list(checkpoints))
    except BadCheckpoint:
        raise
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise BadProof(str(path), "it does not read as one") from None


def _proof(document: dict[str, Any], key: PublicKey) -> Report:
    leaf = _read_leaf(document)
    found = opened(document["checkpoint"], key)
    findings = [*_items(leaf)]
    path = [bytes.fromhex(step) for step in document["path"]]
    if not merkle.includes(leaf.hash, leaf.number, found.size, path, found.root):
        findings.append(Finding(f"leaf {leaf.number}", "is not in the tree that the checkpoint signs"))
    erased = sum(item.content is None for item in leaf.items)
    return Report(found.origin, found.size, found.root.hex(), 0, 0, erased, 1, tuple(findings))


def _export(head: dict[str, Any], leaves: list[Leaf], key: PublicKey, notes: list[str]) -> Report:
    nodes: dict[tuple[int, int], bytes] = {}

    def node(level: int, place: int) -> bytes:
        return nodes[level, place]

    findings = []
    for number, leaf in enumerate(leaves):
        if leaf.number != number or parse(leaf.entry)["number"] != number:
            findings.append(Finding(f"leaf {number}", "is missing or out of its place"))
        findings += _items(leaf)
        nodes |= {(level, place): value for level, place, value in merkle.completed(number, leaf.hash, node)}
    if (signed := opened(head["checkpoint"], key).size) < len(leaves):
        findings.append(Finding(f"leaf {signed}", "and those after it are in no signed checkpoint"))
    for note in (head["checkpoint"], *notes):
        findings += _against(opened(note, key), len(leaves), node)
    erased = sum(item.content is None for leaf in leaves for item in leaf.items)
    root = merkle.root(len(leaves), node)
    return Report(head["origin"], len(leaves), root.hex(), 0, 0, erased, 1 + len(notes), tuple(findings))


def _against(found: Checkpoint, size: int, node: merkle.Node) -> list[Finding]:
    where = f"checkpoint of {counted(found.size, 'leaf', 'leaves')}"
    if found.size > size:
        return [Finding(where, f"is newer than what is here, {size}: the rest was cut off, or comes from a later time")]
    if merkle.root(found.size, node) != found.root:
        return [Finding(where, "had another root: a leaf before it was changed")]
    return []


def _items(leaf: Leaf) -> Iterator[Finding]:
    for item in leaf.items:
        if item.salt is None or item.content is None:
            continue
        if commitment(item.salt, item.content.encode()) != item.commitment:
            yield Finding(f"item {leaf.number}/{item.place}", "is not what the leaf commits to")


def _leaf(leaf: Leaf) -> dict[str, Any]:
    return {
        "number": leaf.number,
        "entry": leaf.entry,
        "items": [
            None
            if item.salt is None or item.content is None
            else {"salt": base64.b64encode(item.salt).decode(), "content": item.content}
            for item in leaf.items
        ],
    }


def _read_leaf(document: dict[str, Any]) -> Leaf:
    said = parse(document["entry"])["items"]
    items = []
    for place, (value, kept) in enumerate(zip(said, document["items"], strict=True)):
        try:
            salt = None if kept is None else base64.b64decode(kept["salt"], validate=True)
        except binascii.Error as error:
            raise ValueError(str(error)) from None
        items.append(KeptItem(place, bytes.fromhex(value), salt, None if kept is None else kept["content"]))
    return Leaf(document["number"], document["entry"], tuple(items))
