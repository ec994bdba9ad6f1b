"""Says what was done, with proofs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from biomatch import private
from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.scopes import Scope, needs
from biomatch.errors import FileUnwritable
from biomatch.store import Consistency, Leaf, Report
from biomatch.store.audit import evidence

MAX_LEAVES = 500  # of one page


class AuditTree:
    """Reads the audit tree, proves what it says, and writes it to a file."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.AUDIT_READ)
    def checkpoint(self, actor: Actor) -> str:
        """Returns the signed note of the audit tree as it is now: a person who keeps it can tell later whether the past was
        changed."""
        return self._context.store.audit.checkpoint()

    @needs(Scope.AUDIT_READ)
    def audit_key(self, actor: Actor) -> str:
        """Returns the public key that checkpoints are signed with."""
        return self._context.store.audit.key

    @needs(Scope.AUDIT_READ)
    def audit_leaves(self, actor: Actor, *, first: int = 0, limit: int = MAX_LEAVES) -> list[Leaf]:
        """Lists what was done, from leaf `first` on, at most MAX_LEAVES of them."""
        return self._context.store.audit.leaves(first, min(limit, MAX_LEAVES))

    @needs(Scope.AUDIT_READ)
    def prove(self, number: int, actor: Actor) -> dict[str, Any]:
        """Proves that a leaf is in the tree, as store/audit/evidence.py lays it out. Raises LeafNotFound."""
        return evidence.proof_document(self._context.store.audit.prove(number), self._context.store.audit.origin)

    @needs(Scope.AUDIT_READ)
    def consistency(self, first: int, actor: Actor, *, second: int | None = None) -> Consistency:
        """Proves that the tree of `second` leaves (None: now) begins with that of `first`. Raises WrongTreeSize."""
        return self._context.store.audit.consistency(first, second)

    @needs(Scope.AUDIT_READ)
    def verify_audit(self, actor: Actor, *, checkpoints: Sequence[str] = ()) -> Report:
        """Recomputes the tree, and holds rows, originals and these old checkpoints against it."""
        return self._context.store.audit.verify(self._context.store.blobs, checkpoints)

    @needs(Scope.LOCAL)
    def export_audit(self, path: Path, actor: Actor) -> int:
        """Writes every leaf with what is kept of its items, key and checkpoint; how many leaves. Raises FileUnwritable."""
        trail = self._context.store.audit
        checkpoint = trail.checkpoint()
        size = int(checkpoint.splitlines()[1])
        pages = (trail.leaves(first, min(MAX_LEAVES, size - first)) for first in range(0, size, MAX_LEAVES))
        leaves = (leaf for page in pages for leaf in page)
        try:
            with private.opened(path, "w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in evidence.export_lines(leaves, trail.origin, trail.key, checkpoint))
        except OSError as error:
            raise FileUnwritable(str(path), error.strerror or str(error)) from None
        self._context.store.audit.record(self._context.act(actor, "export-audit", leaves=size))
        return size
