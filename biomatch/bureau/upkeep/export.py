"""Writes a gallery as files that other programs read: templates, originals and one table."""

from __future__ import annotations

from pathlib import Path

from biomatch import formats, private, spreadsheet
from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.scopes import Scope, needs
from biomatch.errors import SealKeyGone
from biomatch.store import Store, StoredPrint
from biomatch.store.database import translated

COLUMNS = (
    "print_id",
    "person",
    "encounter",
    "position",
    "impression",
    "quality",
    "extractor",
    "galleries",
    "unit",
    "created",
    "ppi",
    "template",
    "iso2005",
    "original",
)


class Export:
    """Writes a gallery as files."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.LOCAL)
    def export(self, out: Path, actor: Actor) -> int:
        """Writes every template (own and ISO/IEC 19794-2:2005), every original and prints.csv. How many prints."""
        count = write(self._context.store, out)
        self._context.store.audit.record(self._context.act(actor, "export", count=count))
        return count


def write(store: Store, out: Path) -> int:
    """Fills a folder; returns how many prints were written. Raises Unavailable.

    prints.csv              one row a print, paths relative to the folder
    templates/<print>.bmt   biomatch's own layout: nothing is lost
    iso2005/<print>.fmr     ISO/IEC 19794-2:2005
    originals/<sha256>.ext  the bytes that were enrolled

    A print whose key is gone has a row and no files.
    """
    count = 0
    with translated(out):
        for name in ("templates", "iso2005", "originals"):
            private.make_folder(out / name)
            private.close(out / name, inside=False)
        with private.opened(out / "prints.csv", "w", newline="", encoding="utf-8") as file:
            file.write(spreadsheet.line(COLUMNS))
            for stored in store.prints.all():
                row = _row(stored) | _files(store, stored, out)
                file.write(spreadsheet.line(row.get(name) for name in COLUMNS))
                count += 1
    return count


def _row(stored: StoredPrint) -> dict[str, object]:
    return {
        "print_id": stored.print_id,
        "person": stored.person,
        "encounter": stored.encounter,
        "position": stored.position.name,
        "impression": stored.impression.name,
        "quality": stored.quality,
        "extractor": stored.extractor,
        "galleries": ";".join(sorted(stored.labels)),
        "unit": stored.unit,
        "created": stored.created,
        "ppi": stored.ppi,
    }


def _files(store: Store, stored: StoredPrint, out: Path) -> dict[str, str]:
    try:
        template = store.prints.template(stored.print_id)
    except SealKeyGone:
        return {}
    paths = {"template": f"templates/{stored.print_id}.bmt", "iso2005": f"iso2005/{stored.print_id}.fmr"}
    private.write_bytes(out / paths["template"], template.to_bytes())
    private.write_bytes(out / paths["iso2005"], formats.write_iso2005([template]))
    original = store.blobs.get(stored.person, stored.source_sha256) if stored.source_sha256 else None
    if original is not None and stored.has_image:
        assert stored.media_type is not None
        paths["original"] = f"originals/{stored.source_sha256}.{stored.media_type.removeprefix('image/')}"
        private.write_bytes(out / paths["original"], original)
    return paths
