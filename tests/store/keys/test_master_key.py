"""Where the master key is, and how another takes its place: nothing is lost on the way, and nothing of the old one is left."""

import errno
import itertools
import os
import random
import stat
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from biomatch import crypto
from biomatch.errors import (
    MasterKeyInUse,
    MasterKeyMissing,
    MasterKeyWrong,
    NewPlaceNeeded,
    SealKeyGone,
    StoreFailed,
)
from biomatch.store import KeyPlace
from biomatch.store.keys.master_key import DATA_KEYS, MASTER_KEY, lies_inside, open_keyring, rotate


def test_the_master_key_may_come_from_elsewhere(tmp_path):
    place = KeyPlace(tmp_path / "safe" / "key")
    keys = open_keyring(tmp_path / "gallery", place, None)
    sealed = keys.seal("person/ada", b"here", b"one")
    assert place.file.stat().st_mode & 0o077 == 0
    assert not (tmp_path / "gallery" / MASTER_KEY).exists()
    text = KeyPlace(text=place.file.read_text())
    assert open_keyring(tmp_path / "gallery", text, keys.identity).open(b"here", sealed) == b"one"
    assert place.file.read_text().strip() not in repr(text)
    with pytest.raises(MasterKeyMissing):
        open_keyring(tmp_path / "gallery", KeyPlace(), keys.identity)
    assert (lies_inside(keys, tmp_path / "gallery"), lies_inside(keys, tmp_path)) == (False, True)


def test_a_new_master_key_opens_everything_and_the_old_one_nothing(keys, again, tmp_path):
    sealed = keys.seal("person/ada", b"here", b"one")
    keys.ready(["person/bob"])
    keys.destroy(["person/bob"])
    old, before = (tmp_path / MASTER_KEY).read_text(), keys.path.read_bytes()
    made = rotate(keys, tmp_path, None)
    assert made.id == again().master.id
    after = keys.path.read_bytes()
    assert not {before[i : i + 80] for i in range(0, 160, 80)} & {after[i : i + 80] for i in range(0, 160, 80)}
    for ring in (keys, again()):
        assert ring.open(b"here", sealed) == b"one"
        ring.ready(["person/eve"])
    with pytest.raises(MasterKeyWrong):
        again(KeyPlace(text=old))
    assert {path.name for path in (tmp_path / "keys").iterdir()} == {"data.keys", "master.key"}


def test_a_master_key_leaves_the_folder(keys, again, tmp_path):
    sealed = keys.seal("person/ada", b"here", b"one")
    rotate(keys, tmp_path / "", tmp_path / "safe")
    assert not (tmp_path / MASTER_KEY).exists()
    with pytest.raises(MasterKeyMissing, match="BIOMATCH_MASTER_KEY_FILE"):
        again()
    moved = again(KeyPlace(tmp_path / "safe"))
    assert moved.open(b"here", sealed) == b"one"
    with pytest.raises(NewPlaceNeeded):
        rotate(moved, tmp_path, None)
    with pytest.raises(MasterKeyInUse):
        rotate(moved, tmp_path, tmp_path / "safe")
    rotate(moved, tmp_path, tmp_path / "safer")
    assert (tmp_path / "safe").exists()  # whoever keeps it decides
    assert again(KeyPlace(tmp_path / "safer")).open(b"here", sealed) == b"one"


class Killed(BaseException):
    pass


@pytest.mark.parametrize("to", [None, "safe"])
@pytest.mark.parametrize("point", ["master-written", "keys-rewrapped", "master-replaced"])
def test_a_rotation_that_is_killed_loses_nothing(keys, again, tmp_path, point, to):
    sealed = keys.seal("person/ada", b"here", b"one")
    place = None if to is None else tmp_path / to

    def trace(name, _value):
        if name == point:
            raise Killed

    with pytest.raises(Killed):
        rotate(keys, tmp_path, place, trace)
    moved = place is not None and point != "master-written"
    found = again(KeyPlace(place) if moved else KeyPlace())
    assert found.open(b"here", sealed) == b"one"
    if not moved:
        rotate(found, tmp_path, place)
    assert again(KeyPlace(place)).open(b"here", sealed) == b"one"


@pytest.mark.parametrize("to", [None, "safe"])
def test_what_a_rotation_replaces_is_overwritten_where_it_lay(keys, tmp_path, to):
    """Else whoever has the disk finds the old master key and the keys of persons that are destroyed later."""
    keys.ready(["person/ada"])
    before = [(tmp_path / name).open("rb") for name in (DATA_KEYS, MASTER_KEY)]
    rotate(keys, tmp_path, None if to is None else tmp_path / to)
    for file in before:
        with file:
            data = file.read()
            assert data == bytes(len(data)) != b""


@pytest.mark.parametrize("overwritten", [0, 1])
def test_what_a_killed_rotation_replaced_is_overwritten_when_the_folder_is_opened(
    keys, again, tmp_path, monkeypatch, overwritten
):
    """overwritten: how many of the two files were, when it was killed."""
    sealed = keys.seal("person/ada", b"here", b"one")
    before = [(tmp_path / name).open("rb") for name in (DATA_KEYS, MASTER_KEY)]
    left = [overwritten]

    def overwrite(handle):
        if not left[0]:
            raise Killed
        left[0] -= 1
        whole(handle)

    whole = crypto._overwrite
    with monkeypatch.context() as patch:
        patch.setattr("biomatch.crypto._overwrite", overwrite)
        with pytest.raises(Killed):
            rotate(keys, tmp_path, None)
    assert again().open(b"here", sealed) == b"one"
    for file in before:
        with file:
            assert not file.read().strip(b"\0")
    assert {path.name for path in (tmp_path / "keys").iterdir()} == {"data.keys", "master.key"}


def test_a_key_that_is_made_after_a_rotation_failed_is_in_the_file_that_is_opened(keys, again, tmp_path, monkeypatch):
    """The new file was in its place already when the disk failed."""
    sync, names = os.fsync, []

    def failing(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode) and names:
            raise OSError(errno.EIO, "Input/output error")
        sync(handle)

    def replace(old, new, *, whole=os.replace):
        whole(old, new)
        if Path(new).name == "data.keys":
            names.append(new)

    old = keys.seal("person/ada", b"here", b"one")
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", failing)
        patch.setattr("os.replace", replace)
        with pytest.raises(StoreFailed):
            rotate(keys, tmp_path, None)
        with pytest.raises(StoreFailed):  # after a power cut the file before might be back, which would lack the key
            keys.seal("person/bob", b"here", b"two")
    new = keys.seal("person/bob", b"here", b"two")
    keys.destroy(["person/ada"])
    found = again()
    assert found.open(b"here", new) == b"two"
    with pytest.raises(SealKeyGone):
        found.open(b"here", old)


def test_a_rotation_after_one_that_failed_keeps_the_key_that_wraps_the_keys(keys, again, tmp_path):
    """The first one did not come to replace the master key in the folder; the second one is killed early."""
    sealed = keys.seal("person/ada", b"here", b"one")

    def failing(name, _value):
        if name == "keys-rewrapped":
            raise StoreFailed(str(tmp_path), "Input/output error")

    def killed(name, _value):
        if name == "master-written":
            raise Killed

    with pytest.raises(StoreFailed):
        rotate(keys, tmp_path, None, failing)
    with pytest.raises(Killed):
        rotate(keys, tmp_path, None, killed)
    assert again().open(b"here", sealed) == b"one"


@contextmanager
def at_every_line(act):
    """Before each line of the modules that rotate keys runs for the first time, `act` is called in the thread that runs it."""
    seen = set()

    def local(frame, event, _argument):
        place = (frame.f_code.co_filename, frame.f_lineno)
        if event == "line" and place not in seen:
            seen.add(place)
            act()
        return local

    def trace(frame, _event, _argument):
        return local if frame.f_globals["__name__"].startswith(("biomatch.store.key", "biomatch.crypto")) else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def test_every_key_opens_at_every_moment_of_a_rotation(again, keys, tmp_path):
    names = [f"person/{n}" for n in range(5)]
    sealed = {name: keys.seal(name, b"here", name.encode()) for name in names}
    keys, turns = again(), itertools.count()  # no key is unwrapped yet

    def read():
        name = names[next(turns) % len(names)]
        assert keys.has(name)
        assert keys.open(b"here", sealed[name]) == name.encode()
        assert len(keys) == len(names)

    with at_every_line(read):
        rotate(keys, tmp_path, None)
    assert next(turns) > 50


def test_a_key_that_is_destroyed_at_any_moment_of_a_rotation_is_not_in_its_file(again, keys, tmp_path):
    """Whoever destroys waits for the rotation, or is done before; nobody is told so while the key stays."""
    names = [f"person/{n}" for n in range(1_000)]
    keys.ready(names)
    at_work, waiting = [], iter(names[:-1])

    def destroy():
        thread = threading.Thread(target=keys.destroy, args=([next(waiting)],))
        thread.start()
        thread.join(0.01)  # time for who does not wait
        at_work.append(thread)

    with at_every_line(destroy):
        rotate(keys, tmp_path, None)
    for thread in at_work:
        thread.join()
    left = again()
    assert len(at_work) > 50
    assert [name for name in names[: len(at_work)] if left.has(name)] == []
    assert all(left.has(name) for name in names[len(at_work) :])


@pytest.fixture
def many_turns():
    """Threads take turns twenty times as often as usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(before / 20)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("many_turns")
def test_readers_and_destroyers_are_right_while_keys_are_rotated(keys, again, tmp_path):
    """What is kept opens all the time; what was destroyed is in no file, neither the one that is there nor those before it."""
    kept, gone = [f"person/{n}" for n in range(3_000)], [f"person/{n}" for n in range(3_000, 3_200)]
    keys.ready(kept + gone)
    sealed = {owner: keys.seal(owner, b"here", owner.encode()) for owner in kept + gone}
    keys, stop, faults, reads, former = again(), threading.Event(), [], [0, 0], []

    def told(work):
        def whole(*given):
            try:
                work(*given)
            except BaseException as error:
                faults.append(error)

        return threading.Thread(target=whole)

    def read(seed):
        rng = random.Random(seed)
        while not stop.is_set():
            owner = rng.choice(kept)
            assert keys.open(b"here", sealed[owner]) == owner.encode()
            assert keys.has(owner)
            owner = rng.choice(gone)
            with suppress(SealKeyGone):
                assert keys.open(b"here", sealed[owner]) == owner.encode()
            reads[seed] += 1

    def destroy(owners):
        for owner in owners:
            keys.destroy([owner])
            with pytest.raises(SealKeyGone):
                keys.open(b"here", sealed[owner])

    def enrol():
        for n in range(100):
            sealed[f"person/new{n}"] = keys.seal(f"person/new{n}", b"here", b"%d" % n)

    def turn():
        for _ in range(6):
            former.append(keys.path.open("rb"))
            rotate(keys, tmp_path, None)
            stop.wait(0.01)  # or those who wait for the lock hardly ever get it

    readers = [told(lambda seed=seed: read(seed)) for seed in (0, 1)]
    writers = [told(lambda: destroy(gone[::2])), told(lambda: destroy(gone[1::2])), told(enrol)]
    rotation = told(turn)
    for thread in (*readers, *writers, rotation):
        thread.start()
    for thread in (*writers, rotation):
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    assert faults == []
    assert min(reads) > 100
    found = again()
    assert [owner for owner in gone if found.has(owner)] == []
    for file in former:
        with file:
            assert not file.read().strip(b"\0")
    for owner, data in sealed.items():
        if owner in gone:
            with pytest.raises(SealKeyGone):
                found.open(b"here", data)
        else:
            assert found.open(b"here", data)
