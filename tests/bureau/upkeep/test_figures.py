"""What is counted is what is there."""


def test_info_counts_what_is_there(bureau, me, image, record):
    bureau.encounters.enrol("ada", [image(1), image(2)], me)
    bureau.encounters.enrol("ada", [record(3)], me)
    bureau.encounters.enrol("bob", [image(4)], me)
    bureau.encounters.remove(me, person="bob")
    info = bureau.upkeep.info(me)
    assert (info.persons, info.encounters, info.prints, info.sequence) == (1, 2, 3, 5)
    assert info.extractors["standin/1"] == 2
    assert info.bytes_on_disk["blobs"] > 0
