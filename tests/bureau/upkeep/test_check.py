"""Is everything as it was written?"""

from sqlalchemy import update

from biomatch.store.database import writing
from biomatch.store.rows import tables


def test_a_bureau_that_nobody_touched_is_as_it_was_written(filled, me):
    found = filled.upkeep.check(me)
    assert found.ok, found.findings
    assert (found.prints, found.originals, found.mended) == (3, 3, False)
    assert filled.upkeep.audit_leaves(me)[-1].said["act"] == "check"


def test_an_index_that_lost_a_print_is_found_and_mended(filled, me, image):
    filled._context.gallery._upkeep.caches.remove(
        [stored.print_id for stored in filled._context.store.prints.all()][:1], filled._context.store.log.head
    )
    assert [finding.where for finding in filled.upkeep.check(me).findings] == ["index"]
    found = filled.upkeep.check(me, mend=True)
    assert (found.ok, found.mended) == (True, True)
    assert filled.searches.identify([image(1)], me).search.candidates[0].person == "ada"


def test_what_is_wrong_besides_the_index_is_told_and_stays(filled, me):
    person, name = min(filled._context.store.prints.originals())
    place = filled._context.store.blobs._place(filled._context.store.blobs.name_of((person, name)))
    place.write_bytes(b"another")
    (filled._context.store.blobs.folder / "aa").mkdir(exist_ok=True)
    (filled._context.store.blobs.folder / "aa" / ("aa" * 32)).write_bytes(b"a stranger")
    found = filled.upkeep.check(me, mend=True)
    assert {finding.where for finding in found.findings} == {f"original {name}", f"original {'aa' * 32}"}
    assert not found.mended


def test_a_damaged_database_is_told(filled, me):
    for stored in filled._context.store.prints.all():
        assert stored.print_id
    with writing(filled._context.store.engine, filled.folder) as connection:
        changed = update(tables.prints).where(tables.prints.c.person == "bob")
        connection.execute(changed.values(template=bytes(40)))
    found = {(finding.where.split()[0], finding.what.split(",")[0][:20]) for finding in filled.upkeep.check(me).findings}
    assert {where for where, _ in found} == {"print", "index"}
