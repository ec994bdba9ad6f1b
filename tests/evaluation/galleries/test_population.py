import numpy as np

from biomatch.evaluation.galleries import population
from biomatch.evaluation.galleries.population import Enrolment, Print
from biomatch.gallery.interface import Entry
from biomatch.synthesis import synthesise_templates
from biomatch.template import CLEAR


def prints(listing):
    template = synthesise_templates(1, 1)[0]
    return [Print(template, finger, origin, impression, "biomatch") for finger, origin, impression in listing]


def test_the_first_impressions_are_planted_and_every_print_is_searched():
    some = population.of_prints(prints([("a", "x", 3), ("a", "x", 1), ("a", "x", 2), ("b", "x", 1)]), planted=2)
    assert [one.impression for one in some.planted] == [1, 2]
    assert [one.impression for one in some.probes] == [1, 2, 3]
    assert [one.finger for one in some.non_mated] == ["b"]


def test_a_print_is_no_mate_of_itself_but_of_the_finger_s_others_on_every_sensor():
    listing = [(finger, origin, n) for finger, origin in (("a", "x"), ("a", "y"), ("c", "x")) for n in (1, 2)]
    some = population.of_prints(prints(listing), 1)
    assert [(one.finger, one.origin) for one in some.planted] == [("a", "x"), ("c", "x"), ("a", "y")]
    by_print = {(one.finger, one.origin, one.impression): n for n, one in enumerate(some.probes)}
    assert some.mates(by_print["a", "x", 1]).tolist() == [2]
    assert some.mates(by_print["a", "x", 2]).tolist() == [0, 2]
    assert some.own("a") == {0, 2}


def test_a_person_s_other_fingers_are_kin_where_names_tell_persons():
    template = synthesise_templates(1, 1)[0]
    listing = [("012_3", "uareu"), ("012_4", "crossmatch"), ("013_3", "uareu"), ("012_5", "x")]
    some = population.of_prints([Print(template, f, o, n, "biomatch") for f, o in listing for n in (1, 2)], 1)
    number = {one.finger: n for n, one in enumerate(some.planted)}
    assert some.kin("012_3") == {number["012_3"], number["012_4"]}
    assert some.kin("012_5") == {number["012_5"]}
    assert some.kin("elsewhere") == frozenset()


def test_prints_of_another_extractor_are_no_mates_but_are_struck_off():
    template = synthesise_templates(1, 1)[0]
    some = population.of_prints([Print(template, "a", "x", n, kind) for kind in ("biomatch", "leader") for n in (1, 2)], 1)
    second = next(n for n, one in enumerate(some.probes) if one.kind == "leader" and one.impression == 2)
    assert [some.planted[n].kind for n in some.mates(second)] == ["leader"]
    assert len(some.own("a")) == 2


def test_synthetic_probes_are_other_impressions_of_planted_fingers():
    some = population.synthetic(3, 2, seed=7)
    assert [one.finger for one in some.planted] == [one.finger for one in some.probes]
    assert [some.mates(n).tolist() for n in range(3)] == [[0], [1], [2]]
    assert some.planted[0].template.to_bytes() != some.probes[0].template.to_bytes()
    assert population.synthetic(3, 2, seed=7).digest == some.digest != population.synthetic(3, 2, seed=8).digest


def test_few_synthetic_fingers_are_searched_for_with_several_touches_each():
    people = population.synthetic(7, 2, 5, fingers=3)
    assert len(people.planted) == 3
    assert [(one.finger, one.impression) for one in people.probes] == [
        *((f"synthetic {n}", 2) for n in range(3)), *((f"synthetic {n}", 3) for n in range(3)), ("synthetic 0", 4)
    ]  # fmt: skip
    assert [people.mates(n).tolist() for n in range(7)] == [[0], [1], [2], [0], [1], [2], [0]]
    assert people.probes[0].template != people.probes[3].template
    whole, some = population.synthetic(3, 2, 5), people.probes[:3]
    assert [one.template for one in whole.probes] == [one.template for one in some]


def test_a_gallery_s_entries_are_the_same_from_wherever_they_are_made():
    planted = [Entry(f"planted {n}", "", f"planted {n}", template) for n, template in enumerate(synthesise_templates(3, 1))]
    enrolment = Enrolment(300, planted, seed=5)
    whole = enrolment.make(0, 1_000)
    assert len(whole) == len(enrolment) == 303
    assert [one.print_id for one in whole][298:] == ["s298", "s299", "planted 0", "planted 1", "planted 2"]
    for first in (0, 2, 255, 257, 299, 300, 302, 303):
        rest = enrolment.make(first, 7)
        assert [one.print_id for one in rest] == [one.print_id for one in whole[first : first + 7]]
        assert all(a.template.to_bytes() == b.template.to_bytes() for a, b in zip(rest, whole[first:], strict=False))


def test_the_log_of_such_a_gallery_has_all_of_it():
    enrolment = Enrolment(10, (), seed=5)
    assert enrolment.log.head == 10
    assert [one.entry.print_id for one in enrolment.log.replay(7)] == ["s7", "s8", "s9"]


def test_a_crop_keeps_the_minutiae_that_lie_together():
    template = synthesise_templates(1, 5)[0]
    part = population.crop(template, 12, np.random.default_rng(1)).minutiae
    assert np.count_nonzero(part.quality >= CLEAR) == 12
    assert len(part) < len(template.minutiae)
    assert max(np.ptp(part.x), np.ptp(part.y)) < max(np.ptp(template.minutiae.x), np.ptp(template.minutiae.y))
