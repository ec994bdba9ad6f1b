"""A past search is repeated with the prints of then, whatever the gallery holds now."""

from biomatch.gallery import LocalGallery, MemoryLog, repetition
from biomatch.gallery.interface import Effort, Entry
from biomatch.synthesis import synthesise_templates


def test_the_prints_of_then_give_the_candidates_of_then():
    made = synthesise_templates(6, seed=5)
    entries = [Entry(f"p{number}", "e", f"print {number}", one) for number, one in enumerate(made)]
    gallery = LocalGallery(MemoryLog(), threads=1)
    gallery.enrol(entries)
    then = gallery.identify([made[2]], top=3)
    gallery.remove(["print 2", "print 4"])

    def again(entries):
        asked = {"prints": then.prints, "top": 3, "effort": Effort.NORMAL, "fpir": None}
        found = repetition.repeat(gallery.engine, [made[2]], entries, then.compared, **asked)
        return [(one.person, one.score) for one in found.candidates]

    assert again(entries) == [(one.person, one.score) for one in then.candidates]
    assert "p2" not in [person for person, _ in again([entry for entry in entries if entry.person != "p2"])]
    gallery.close()
