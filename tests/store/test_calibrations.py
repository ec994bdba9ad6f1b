"""A gallery's own calibrations: whole or not there, and named by what is in them."""

import pytest

from biomatch.errors import BadBackup, CalibrationDamaged
from biomatch.store import backup, open_store
from biomatch.store.calibrations import CALIBRATIONS, Calibrations

FILES = {"calibration/arrays.npz": b"one", "calibration/card.toml": b"two", "search_rates/arrays.npz": b"three"}


@pytest.fixture
def kept(tmp_path):
    return Calibrations(tmp_path)


def test_what_is_kept_is_found_by_its_name(kept):
    name = kept.keep(FILES)
    assert kept.read(name) == FILES
    assert kept.keep(dict(reversed(FILES.items()))) == name
    other = kept.keep(FILES | {"calibration/card.toml": b"else"})
    assert kept.names() == sorted([name, other])
    assert kept.place(None) is None
    assert kept.place("shipped") is None


@pytest.mark.parametrize("name", ["0" * 64, "../keys", "..", ""])
def test_what_was_not_kept_is_not_found(kept, name):
    kept.keep(FILES)
    with pytest.raises(CalibrationDamaged, match=r"it is gone|not those"):
        kept.place(name)


def test_other_bytes_fewer_files_and_more_files_are_refused(kept):
    name = kept.keep(FILES)
    path = kept.folder / name / "calibration" / "arrays.npz"
    for spoil in (lambda: path.write_bytes(b"One"), path.unlink, lambda: path.with_name("more").write_bytes(b"")):
        spoil()
        with pytest.raises(CalibrationDamaged, match="not those that were kept"):
            kept.place(name)
        assert list(kept.faults()) == [name]
        kept.keep(FILES)  # puts it right
        assert kept.faults() == {}


def test_only_the_owner_can_read_them_and_all_is_on_the_disk_before_the_name(tmp_path, disk_steps):
    kept = Calibrations(tmp_path)
    steps = disk_steps(tmp_path)
    place = kept.folder / kept.keep(FILES)
    assert not [path for path in (kept.folder, *kept.folder.rglob("*")) if path.stat().st_mode & 0o077]
    at = steps.index(("name", place, b""))
    assert {content for kind, _, content in steps[:at] if kind == "sync"} >= set(FILES.values())
    assert ("sync", kept.folder, b"") in steps[at:]


def test_an_opening_takes_away_what_was_cut_short(tmp_path):
    open_store(tmp_path / "gallery").close()
    half = tmp_path / "gallery" / CALIBRATIONS / ("a" * 64 + ".new")
    half.mkdir(parents=True)
    (half / "calibration").write_bytes(b"half")
    store = open_store(tmp_path / "gallery")
    assert not half.exists()
    assert store.calibrations.names() == []
    store.close()


def test_a_backup_takes_them_along_and_a_changed_one_is_not_restored(tmp_path, database):
    store = open_store(tmp_path / "gallery", database=database)
    name = store.calibrations.keep(FILES)
    backup.write(store, tmp_path / "copy", tmp_path / "keys")
    second = store.calibrations.keep(FILES | {"calibration/card.toml": b"newer"})
    backup.write(store, tmp_path / "copy", tmp_path / "keys")
    store.close()
    backup.restore(tmp_path / "copy", tmp_path / "keys", tmp_path / "again")
    again = open_store(tmp_path / "again")
    assert again.calibrations.names() == sorted([name, second])
    assert again.calibrations.read(name) == FILES
    again.close()
    (tmp_path / "copy" / CALIBRATIONS / name / "calibration" / "arrays.npz").write_bytes(b"another")
    with pytest.raises(BadBackup, match="not those that were kept"):
        backup.restore(tmp_path / "copy", tmp_path / "keys", tmp_path / "third")


def test_a_damaged_calibration_is_not_backed_up_as_if_it_were_whole(tmp_path):
    store = open_store(tmp_path / "gallery")
    name = store.calibrations.keep(FILES)
    (store.calibrations.folder / name / "calibration" / "arrays.npz").unlink()
    with pytest.raises(BadBackup, match=name):
        backup.write(store, tmp_path / "copy", tmp_path / "keys")
    assert not (tmp_path / "copy" / backup.MANIFEST).exists()
    store.close()
