"""An index that was compacted finds everybody."""


def first(found):
    return found.search.candidates[0].person if found.search.candidates else None


def test_compaction_loses_nobody(bureau, me, image, record):
    for number in range(6):
        bureau.encounters.enrol(f"person {number}", [image(number)], me)
    bureau.encounters.remove(me, person="person 0")
    bureau.upkeep.compact(me)
    assert first(bureau.searches.identify([record(4, again=1)], me)) == "person 4"
    assert len(bureau._context.gallery) == 5
