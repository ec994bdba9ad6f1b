"""Who was removed is nowhere: not with the master key, not with every key that is left, in no file and no free page."""

import json
import shutil

import cv2
import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select

from biomatch.bureau import Upload
from biomatch.crypto import MasterKey, unseal
from biomatch.descriptors import Describer
from biomatch.descriptors.grid import packed
from biomatch.gallery.caches.arena import Arena
from biomatch.gallery.caches.names import digest_of
from biomatch.gallery.caches.snapshot import FILE, Part, read_arrays
from biomatch.index import Codebooks, Segment, layout
from biomatch.sealing import CLEAR
from biomatch.store import DATABASE, Keyring
from biomatch.store.keys.master_key import DATA_KEYS, MASTER_KEY
from biomatch.store.rows import tables
from biomatch.synthesis import synthesise_templates

NAME = "Zebedee Plantagenet of Aquitaine"
OTHERS = 40


@pytest.fixture
def planted():
    """An image whose bytes compress to nothing else, and whose stand-in extraction is synthetic finger 77."""
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64), np.uint8)
    pixels[0, 0] = 77
    return Upload(cv2.imencode(".png", pixels)[1].tobytes(), "77.png")


@pytest.fixture
def filled(bureau, me, image, record, planted):
    """Many persons, one of them planted: enrolled, moved, searched for, in a segment of the index and in a snapshot."""
    for number in range(OTHERS):
        bureau.encounters.enrol(f"person {number}", [image(number)], me)
    bureau.encounters.enrol(
        NAME, [planted, record(78)], me, encounter=f"arrest of {NAME}", labels=frozenset({f"seeks {NAME}", "all"})
    )
    bureau.encounters.enrol("alias", [record(79)], me, encounter="e")
    bureau.encounters.move(NAME, "alias", "e", me)
    bureau.searches.identify([record(77, again=1)], me)
    bureau.encounters.set_status(NAME, "e", False, me)
    with bureau._context.gallery._upkeep.writing:
        bureau._context.gallery._upkeep.caches.seal()
        bureau._context.gallery._upkeep.caches.save()
    return bureau


@pytest.fixture
def taken(filled, me, tmp_path):
    """The disk before, at once after the removal, and when the stated time has passed."""
    before = Image(filled, tmp_path / "before")
    filled.encounters.remove(me, person=NAME)
    after = Image(filled, tmp_path / "after")
    assert filled._context.gallery.settle()
    return before, after, Image(filled, tmp_path / "settled")


class Image:
    """A copy of a gallery's folder and of its rows in the hands of somebody who has the master key."""

    def __init__(self, bureau, folder):
        shutil.copytree(bureau.folder, folder)
        self.folder = folder
        c = tables.prints.c
        with bureau._context.store.engine.connect() as connection:
            self.rows = connection.execute(select(c.sequence, c.person, c.template, c.source_sha256)).all()
        self.ring = Keyring(folder / DATA_KEYS, MasterKey.read(folder / MASTER_KEY))
        file = self.ring._file
        keys = {number: file.key(number) for number in range(1, len(file))}
        self.numbers = [number for number, key in keys.items() if key is not None]
        self.keys = [AESGCM(keys[number]) for number in self.numbers]
        self.snapshot = json.loads(json.loads((folder / "caches" / FILE).read_text())["body"])
        self.catalogue = self.opened(self.snapshot["catalogue"])

    def opened(self, part):
        return read_arrays(self.folder / "caches", Part(**part), self.ring)

    def files(self):
        return {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}

    def sealed(self):
        """Sealed bytes and what each is bound to: rows, originals, blocks."""
        for sequence, person, template, _ in self.rows:
            yield template, f"the template of record {sequence} of {person}".encode()
        for path in (self.folder / "blobs").glob("??/*"):
            for _, _, _, sha256 in self.rows:
                yield path.read_bytes(), f"the original {sha256}".encode()
        starts = self.catalogue["starts"]
        lineage = bytes.fromhex(self.snapshot["lineage"])
        arena = Arena.open(self.folder / "caches" / self.snapshot["arena"], self.snapshot["used"], starts, CLEAR, lineage)
        view = arena.view()
        for number in np.nonzero(starts >= 0)[0].tolist():
            for part in (0, 1):
                block = view._part(number, part)
                if block is not None:
                    yield block, lineage + number.to_bytes(8, "little") + bytes((part,))

    def plain(self):
        """All that any key opens."""
        for sealed, bound in self.sealed():
            for key in self.keys:
                found = unseal(key, sealed[4:], bound)
                if found is not None:
                    yield found

    def indexed(self):
        """Print numbers whose minutiae a segment holds; every segment file that opens, named by the snapshot or not."""
        found, books = set(), Codebooks.load(None)
        for path in (self.folder / "caches").glob("segment-*"):
            for number in self.numbers:
                try:
                    segment = Segment(self.ring.read(path, number), books)
                except Exception:
                    continue
                found |= set(layout.prints(segment.contents().ids).tolist())
        return found


def traces(planted):
    """Bytes of which none may be left."""
    made = [synthesise_templates(1, seed=7, first=number)[0] for number in (77, 78, 79)]
    return (
        NAME.encode(),
        NAME[:16].encode(),
        planted.data[100:140],
        *(packed(Describer().describe(one))[np.argmax(one.minutiae.quality)].tobytes() for one in made),
        *(one.to_bytes()[40:80] for one in made),
        np.array(digest_of(NAME), np.int64).tobytes(),
    )


def test_nothing_of_the_removed_is_opened_by_any_key_that_is_left(taken, planted):
    before, after, _ = taken
    wanted = traces(planted)
    opened = b"".join(before.plain())
    assert [trace in opened for trace in wanted[:3]] == [True, True, True]
    assert sum(trace in opened for trace in wanted) >= 6
    assert any(trace in opened for trace in wanted[3:6])  # descriptors: in blocks of the arena alone
    left = b"".join(after.plain())
    assert [trace for trace in wanted if trace in left] == []
    kept = {sealed for sealed, _ in before.sealed()} & {sealed for sealed, _ in after.sealed()}
    assert len(kept) > 2 * OTHERS  # everybody else's blocks are there, and open
    gone = [(sealed, bound) for sealed, bound in before.sealed() if NAME.encode() in (unsealed(before, sealed, bound) or b"")]
    assert gone
    assert not [bound for sealed, bound in gone if unsealed(after, sealed, bound)]  # not even from blocks kept elsewhere


def unsealed(image, sealed, bound):
    return next((found for key in image.keys if (found := unseal(key, sealed[4:], bound)) is not None), None)


def test_planted_bytes_are_in_no_file_and_no_free_page(taken, planted):
    """Names are in the database in the clear, which is a file where it is SQLite's; all else is nowhere, before either."""
    before, after, settled = taken
    wanted = traces(planted)
    named = [path.name for path, data in before.files().items() if NAME.encode() in data]
    assert set(named) <= {DATABASE, f"{DATABASE}-wal"}
    assert bool(named) == (before.folder / DATABASE).exists()
    for path, data in settled.files().items():
        assert [trace for trace in wanted if trace in data] == [], path
    for image in (before, after):
        for path, data in image.files().items():
            assert [trace for trace in wanted[2:-1] if trace in data] == [], path


def test_the_index_holds_the_removed_no_more_when_the_stated_time_has_passed(taken):
    before, _, settled = taken
    numbers = {OTHERS, OTHERS + 1}
    assert numbers <= before.indexed()
    assert settled.indexed() == set(range(OTHERS))
    digest = np.array(digest_of(NAME), np.int64)
    assert (before.catalogue["person_digests"] == digest).all(1).any()
    assert not (settled.catalogue["person_digests"] == digest).all(1).any()


def test_old_segments_and_snapshots_are_opened_by_no_key_that_is_left(taken):
    """Not even where their blocks are still in the disk's free space."""
    before, _, settled = taken
    for kind in ("segment", "catalogue"):
        for path in (before.folder / "caches").glob(f"{kind}-*"):
            for number in settled.numbers:
                with pytest.raises(Exception, match=r"sealed|changed|gone"):
                    settled.ring.read(path, number)


def test_a_removal_that_was_killed_is_ended_when_the_folder_is_opened(filled, me, open_bureau, monkeypatch):
    """Rows are gone, and the process dies before the key is destroyed."""
    monkeypatch.setattr(filled._context.store, "destroy_keys", lambda persons: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        filled.encounters.remove(me, person=NAME)
    assert filled._context.store.keys.has(f"person/{NAME}")
    filled.close()
    again = open_bureau()
    assert not again._context.store.keys.has(f"person/{NAME}")
    assert again.upkeep.check(me).ok


def test_who_has_other_prints_keeps_the_key(filled, me, record):
    first, _ = filled.encounters.read(NAME, me, encounter=f"arrest of {NAME}").prints
    filled.encounters.remove(me, print_id=first.print_id)
    assert filled._context.store.keys.has(f"person/{NAME}")
    assert filled.searches.identify([record(78)], me).search.candidates[0].person == NAME
    filled.encounters.remove(me, person=NAME)
    assert not filled._context.store.keys.has(f"person/{NAME}")
    assert not filled._context.store.keys.has("person/alias")  # what was theirs before goes with it
    assert filled.upkeep.check(me).ok
