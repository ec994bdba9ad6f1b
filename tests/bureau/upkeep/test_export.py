"""What is handed out is all that is kept, in formats that others read."""

import csv

from biomatch import formats
from biomatch.template import Template


def test_an_export_holds_everything_in_open_formats(bureau, me, image, record, tmp_path):
    bureau.encounters.enrol("ada", [image(1)], me, encounter="=e", labels=frozenset({"a", "b"}))
    bureau.encounters.enrol("bob", [record(2)], me)
    assert bureau.upkeep.export(tmp_path / "out", me) == 2
    with open(tmp_path / "out" / "prints.csv", newline="") as file:
        ada, bob = csv.DictReader(file)
    assert (ada["person"], ada["encounter"], ada["galleries"]) == ("ada", "'=e", "a;b")  # no formula
    assert (tmp_path / "out" / ada["original"]).read_bytes() == image(1).data
    assert bob["original"] == ""
    own = Template.from_bytes((tmp_path / "out" / bob["template"]).read_bytes())
    (iso,) = formats.read_templates((tmp_path / "out" / bob["iso2005"]).read_bytes())
    assert len(own.minutiae) == len(iso.minutiae) == len(Template.from_bytes(record(2).data).minutiae)
