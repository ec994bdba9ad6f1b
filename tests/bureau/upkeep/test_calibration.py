"""A gallery's own calibration holds from the next opening on; past searches are repeated with the one that they had."""

import hashlib
import logging
import shutil
from importlib import resources

import pytest

from biomatch.bureau import SearchRequest, open_gallery, restore
from biomatch.calibration import Calibration
from biomatch.calibration.search_rates import MODEL, SearchRates
from biomatch.calibration.stretch import Stretch
from biomatch.errors import CalibrationDamaged, FolderInUse
from biomatch.evaluation import laws, origins
from biomatch.learned import SHIPPED, Models, card_text, packed, shipped
from biomatch.store.database import writing
from biomatch.store.rows import settings
from biomatch.template import Template


def files_of(beyond=0.7, misses=1.5, models=None):
    """Of a calibration that says less, and states more misses, than the shipped one."""
    models = models or shipped()
    own = Calibration.of(models).adapted({("minutiae", 0): Stretch(0.9, beyond)}, {})
    law = SearchRates.of(models)
    law = SearchRates((law.miss_weights[0] + misses, *law.miss_weights[1:]), law.stranger_weights)
    found = {}
    for name, arrays in (("calibration", own.arrays()), (MODEL, laws.arrays(law))):
        data = packed(arrays)
        card = origins.stated(name, data, ["prints 1234"], [(models, one) for one in models.names()])
        found |= {f"{name}/arrays.npz": data, f"{name}/card.toml": card_text("arrays.npz", data, card).encode()}
    return found


@pytest.fixture
def opened(tmp_path):
    """opened(...): the gallery in its folder, anew."""
    before = []

    def opening(**how):
        while before:
            before.pop().close()
        before.append(open_gallery(tmp_path / "gallery", workers=1, **how))
        return before[0]

    yield opening
    while before:
        before.pop().close()


@pytest.fixture
def filled(opened, me, record):
    bureau = opened()
    for number in range(4):
        bureau.encounters.enrol(f"n{number}", [record(number)], me)
    return bureau


def best(found):
    return found.search.candidates[0].score


def test_it_holds_from_the_next_opening_on_and_the_search_names_it(filled, opened, me, record):
    probe = record(1, 1)
    before = filled.searches.identify([probe], me, SearchRequest(fpir=0.01))
    assert before.search.made_by["calibration"] == SHIPPED
    name = filled.upkeep.calibrate(files_of(), me, prints=60, fingers=30)
    assert best(filled.searches.identify([probe], me)) == best(before)
    bureau = opened()
    after = bureau.searches.identify([probe], me, SearchRequest(fpir=0.01))
    assert (after.search.made_by["calibration"], bureau.upkeep.info(me).calibration) == (name, name)
    assert best(after) < best(before)
    assert best(after) == bureau.searches.verify("n1", [probe], me).candidate.score
    assert bureau.searches.compare([probe], [record(1)], me).comparison.score == pytest.approx(best(after), abs=1e-9)
    bureau.upkeep.calibrate_as_shipped(me)
    assert best(opened().searches.identify([probe], me)) == best(before)


def test_each_change_is_an_act_that_says_what_holds(filled, opened, me):
    first = filled.upkeep.calibrate(files_of(), me, prints=60, fingers=30)
    second = filled.upkeep.calibrate(files_of(0.8), me, prints=90, fingers=40)
    assert filled.upkeep.calibrate_as_shipped(me) == second
    said = [leaf.said for leaf in filled.upkeep.audit_leaves(me) if leaf.said["act"] == "calibrate"]
    assert [(one["details"]["before"], one["details"]["calibration"]) for one in said] == [
        *((SHIPPED, first), (first, second), (second, SHIPPED))
    ]
    assert [one["details"]["settings"] for one in said] == [{"calibration": name} for name in (first, second, SHIPPED)]
    assert (said[0]["details"]["prints"], said[0]["details"]["fingers"]) == (60, 30)
    assert filled.upkeep.check(me).ok
    assert opened().upkeep.info(me).calibration == SHIPPED


def test_past_searches_are_repeated_with_the_calibration_that_they_had(filled, opened, me, record):
    kept = [filled.searches.identify([record(1, 1)], me, SearchRequest(fpir=0.01)).kept]
    for beyond in (0.7, 0.8):
        filled.upkeep.calibrate(files_of(beyond), me, prints=60, fingers=30)
        filled = opened()
        kept.append(filled.searches.identify([record(1, 1)], me, SearchRequest(fpir=0.01)).kept)
    filled.upkeep.calibrate_as_shipped(me)
    for reopened in (False, True):
        bureau = opened() if reopened else filled  # which the opening closes
        for search in kept:
            found = bureau.searches.replay(search, me)
            assert (found.same, found.differences, found.versions) == (True, (), {})


def test_a_search_of_an_older_version_had_the_shipped_calibration(filled, opened, me, record):
    bureau = opened()
    del bureau._context.gallery.engine.made_by["calibration"]
    old = bureau.searches.identify([record(1, 1)], me, SearchRequest(fpir=0.01))
    assert "calibration" not in old.search.made_by
    bureau = opened()
    bureau.upkeep.calibrate(files_of(), me, prints=60, fingers=30)
    found = opened().searches.replay(old.kept, me)
    assert (found.same, found.differences, found.versions) == (True, (), {})


def test_a_search_whose_calibration_is_gone_is_not_repeated_with_another(filled, opened, me, record):
    name = filled.upkeep.calibrate(files_of(), me, prints=60, fingers=30)
    bureau = opened()
    search = bureau.searches.identify([record(1, 1)], me).kept
    bureau.upkeep.calibrate_as_shipped(me)
    bureau = opened()
    (bureau.folder / "calibrations" / name).rename(bureau.folder / "calibrations" / "elsewhere")
    with pytest.raises(CalibrationDamaged, match="it is gone"):
        bureau.searches.replay(search, me)


def test_a_file_that_was_changed_is_refused_at_opening_and_there_is_a_way_back(filled, opened, me, record, tmp_path):
    name = filled.upkeep.calibrate(files_of(), me, prints=60, fingers=30)
    filled.close()
    place = tmp_path / "gallery" / "calibrations" / name
    for path, data in files_of(0.9).items():  # whole, with cards that fit, but not what the leaf names
        (place / path).write_bytes(data)
    with pytest.raises(CalibrationDamaged, match="--shipped"):
        opened()
    bureau = opened(calibrated=False)
    assert [(one.where, "not those" in one.what) for one in bureau.upkeep.check(me).findings] == [(f"calibration {name}", True)]
    assert bureau.upkeep.calibrate_as_shipped(me) == name
    assert opened().upkeep.info(me).calibration == SHIPPED


def test_a_row_that_names_another_calibration_changes_nothing(filled, opened, me):
    first = filled.upkeep.calibrate(files_of(), me, prints=60, fingers=30)
    second = filled._context.store.calibrations.keep(files_of(0.9))
    with writing(filled._context.store.engine, filled.folder) as connection:
        settings.write(connection, "calibration", second)
    bureau = opened()
    assert bureau.upkeep.info(me).calibration == first
    assert "calibration" in {one.what: one for one in bureau.upkeep.condition(me)}["purpose"].words


def test_a_calibration_of_other_models_does_not_hold_and_that_is_said(filled, opened, me, caplog, tmp_path):
    models = tmp_path / "models"
    shutil.copytree(str(resources.files("biomatch.models")), models)
    card = models / "comparison" / "card.toml"
    other = (models / "comparison" / "arrays.npz").read_bytes() + b"\0"
    (models / "comparison" / "arrays.npz").write_bytes(other)
    card.write_text(card.read_text().replace(shipped().sha256("comparison"), hashlib.sha256(other).hexdigest()))
    filled.upkeep.calibrate(files_of(models=Models(models)), me, prints=60, fingers=30)
    with caplog.at_level(logging.WARNING):
        bureau = opened()
    assert "was fitted to other models" in caplog.text
    assert bureau.upkeep.info(me).calibration == SHIPPED


def test_prints_of_enrolled_fingers_are_found_and_the_look_is_an_act(filled, me, record):
    prints = [Template.from_bytes(record(*one).data) for one in ((1, 1), (77, 0), (2, 1))]
    assert filled.upkeep.enrolled_among(prints, me) == [0, 2]
    said = filled.upkeep.audit_leaves(me)[-1].said
    assert (said["act"], said["details"]["searched"], said["details"]["enrolled"]) == ("calibrate-check", 3, 2)


def test_a_backup_brings_it_back(filled, opened, me, record, tmp_path):
    name = filled.upkeep.calibrate(files_of(), me, prints=60, fingers=30)
    bureau = opened()
    score = best(bureau.searches.identify([record(1, 1)], me))
    bureau.upkeep.backup(tmp_path / "copy", me, keys=tmp_path / "keys")
    bureau.close()
    restore(tmp_path / "copy", tmp_path / "keys", tmp_path / "again", me)
    with open_gallery(tmp_path / "again", workers=1) as again:
        assert again.upkeep.info(me).calibration == name
        assert best(again.searches.identify([record(1, 1)], me)) == score


def test_a_server_has_it_too_and_its_folder_is_not_calibrated(filled, opened, me, record, tmp_path):
    name = filled.upkeep.calibrate(files_of(), me, prints=60, fingers=30)
    opened(answer=True)
    with open_gallery(tmp_path / "gallery") as visitor:
        assert visitor.searches.identify([record(1, 1)], me).search.made_by["calibration"] == name
        assert visitor.upkeep.info(me).calibration == name
    with pytest.raises(FolderInUse):
        open_gallery(tmp_path / "gallery", create=False, alone=True)
