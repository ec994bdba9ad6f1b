"""Finds enrolled prints and their originals."""

from __future__ import annotations

from collections.abc import Sequence

from biomatch.bureau.uploads import MAX_PROBES
from biomatch.errors import OriginalNotKept, PrintNotFound
from biomatch.store import Store, StoredPrint


def print_of(store: Store, print_id: str) -> StoredPrint:
    """Finds a print by its id. Raises PrintNotFound."""
    try:
        return store.prints.named([print_id])[print_id]
    except KeyError:
        raise PrintNotFound(print_id) from None


def original_of(store: Store, stored: StoredPrint) -> tuple[bytes, str]:
    """Reads the bytes that a print was enrolled from, and tells their media type. Raises OriginalNotKept."""
    data = store.blobs.get(stored.person, stored.source_sha256) if stored.source_sha256 else None
    if data is None or stored.media_type is None:
        raise OriginalNotKept(stored.print_id)
    return data, stored.media_type


def best_of(prints: Sequence[StoredPrint]) -> list[StoredPrint]:
    """Chooses at most MAX_PROBES prints: the best of each finger, then the others by quality. An image that was enrolled twice
    counts once."""
    best = sorted(prints, key=lambda one: (-(one.quality or 0), one.print_id))
    images = {(one.source_sha256 if one.has_image else one.print_id): one for one in reversed(best)}
    by_quality = [one for one in best if one in images.values()]
    first = {one.position: one for one in reversed(by_quality)}.values()
    return sorted(by_quality, key=lambda one: one not in first)[:MAX_PROBES]
