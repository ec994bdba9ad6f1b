"""The content of the audit tree's answers, and of those of repeated searches."""

from __future__ import annotations

from biomatch.bureau import Replayed
from biomatch.service.schemas.fields import Base64, Model
from biomatch.store import Consistency, Leaf


class AuditItemOut(Model):
    """The content behind a commitment: JSON, and the salt that it was made with."""

    salt: Base64
    content: str


class LeafOut(Model):
    """entry: the JSON that was hashed, to the byte. items: in the order of its commitments; null where erased."""

    number: int
    entry: str
    items: list[AuditItemOut | None]

    @classmethod
    def of(cls, leaf: Leaf) -> LeafOut:
        return cls(
            number=leaf.number,
            entry=leaf.entry,
            items=[
                None if item.salt is None or item.content is None else AuditItemOut(salt=item.salt, content=item.content)
                for item in leaf.items
            ],
        )


class ProofOut(LeafOut):
    """path: hashes in hex, from the leaf to the root that the checkpoint signs (RFC 9162, 2.1.3)."""

    origin: str
    path: list[str]
    checkpoint: str
    key: str


class ConsistencyOut(Model):
    """path: hashes in hex (RFC 9162, 2.1.4). checkpoint: of the second tree."""

    first: int
    second: int
    path: list[str]
    checkpoint: str

    @classmethod
    def of(cls, found: Consistency) -> ConsistencyOut:
        path = [step.hex() for step in found.path]
        return cls(first=found.first, second=found.second, path=path, checkpoint=found.checkpoint)


class AuditKeyOut(Model):
    """Name, id and Ed25519 key in base64, joined by +, as tools that read signed notes want it."""

    key: str


class VersionChange(Model):
    """then: what ran when the search was made."""

    then: str
    now: str


class ReplayOut(Model):
    """same: all that was not erased since is the same to the bit. Where not, `versions` may say why.

    leaf: of the audit tree, tells what was found. sequence: the last record of the log that the search knew.
    """

    search_id: str
    at: str
    leaf: int
    sequence: int
    gallery_size: int
    same: bool
    candidates: int
    differences: list[str]
    erased: list[str]
    versions: dict[str, VersionChange]

    @classmethod
    def of(cls, found: Replayed) -> ReplayOut:
        return cls(
            search_id=found.search,
            at=found.at,
            leaf=found.leaf,
            sequence=found.sequence,
            gallery_size=found.prints,
            same=found.same,
            candidates=found.candidates,
            differences=list(found.differences),
            erased=list(found.erased),
            versions={name: VersionChange(then=then, now=now) for name, (then, now) in found.versions.items()},
        )
