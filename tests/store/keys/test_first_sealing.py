"""Templates and originals of a version before encryption are sealed at the first opening, also after a kill."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from biomatch.store import DATABASE, Blobs, open_store


@pytest.mark.parametrize("killed", [False, True])
def test_what_a_version_before_encryption_wrote_is_sealed(root, tmp_path, monkeypatch, killed):
    folder = tmp_path / "gallery"
    shutil.copytree(root / "tests" / "data" / "written-by-0.1", folder)
    clear = {path.name: path.read_bytes() for path in (folder / "blobs").glob("??/*")}
    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        templates = dict(database.execute("SELECT print_id, template FROM prints"))
    if killed:
        with monkeypatch.context() as patch:
            patch.setattr(Blobs, "put", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                open_store(folder)
    store = open_store(folder)
    assert {name: store.prints.template(name).to_bytes() for name in templates} == templates
    assert {store.blobs.get(person, sha256) for person, sha256 in store.prints.originals()} == set(clear.values())
    assert store.audit.verify(store.blobs).ok
    store.close()
    left = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert not [name for name, data in templates.items() if data[40:80] in left]
    assert not [name for name, data in clear.items() if data[:200] in left]
    assert not [name for name in clear if (folder / "blobs" / name[:2] / name).exists()]
