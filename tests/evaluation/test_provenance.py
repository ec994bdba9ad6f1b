from pathlib import Path

from biomatch.evaluation import provenance
from biomatch.evaluation.protocol import Sample


def samples(*sets):
    return [Sample(name, str(i), 1, Path(f"{i}.png")) for i, name in enumerate(sets)]


def test_prints_are_counted_and_their_sets_named_with_their_terms():
    found = provenance.of_prints(samples("uareu", "casia", "uareu"), "degraded copies")
    assert found["data"] == "3 prints of casia, uareu; degraded copies"
    assert provenance.named(found["data"]) == ["casia", "uareu"]
    assert found["terms"] == f"casia: {provenance.PUBLIC}; uareu: {provenance.SAMPLES}"


def test_sets_of_like_terms_stand_together():
    assert provenance.terms(["fvc2000_db2", "fvc2000_db1"]) == f"fvc2000_db1, fvc2000_db2: {provenance.FVC_B}"


def test_a_set_that_a_generator_made_is_said_to_show_no_person():
    assert "SFinGe" in provenance.terms(["fvc2000_db4"])
    assert "SFinGe" not in provenance.terms(["fvc2000_db1"])
    assert [provenance.shows_persons(name) for name in ("fvc2000_db1", "fvc2000_db4", "fvc2000_db4_a")] == [True, False, False]


def test_a_set_that_nobody_knows_is_not_given_terms():
    assert provenance.terms(["ours"]) == f"ours: {provenance.UNKNOWN}"


def test_synthetic_prints_name_what_their_generator_was_fitted_to():
    found = provenance.of_synthetic("20 synthetic prints")
    assert provenance.named(found["data"]) == []
    assert "fitted to research prints" in found["terms"]
