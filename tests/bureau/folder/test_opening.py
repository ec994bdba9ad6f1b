"""A folder whose database is gone is not taken for one that never was a gallery."""

import pytest

from biomatch.bureau import open_gallery
from biomatch.errors import GalleryDamaged, GalleryMissing
from biomatch.store import DATABASE, open_store
from biomatch.store.audit.trail import KEY


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize("gone", [(DATABASE,), (DATABASE, KEY)])
def test_keys_without_a_database_are_said_to_have_lost_it(tmp_path, create, gone):
    store = open_store(tmp_path)
    store.blobs.put([("ada", b"the only one")])
    store.close()
    for name in gone:
        (tmp_path / name).unlink()
    for _ in range(2):
        with pytest.raises(GalleryDamaged, match=r"its keys are there, but gallery\.db is gone"):
            open_gallery(tmp_path, create=create, workers=1)
    assert len(store.blobs.names()) == 1


def test_a_folder_without_keys_is_none(tmp_path):
    with pytest.raises(GalleryMissing):
        open_gallery(tmp_path, create=False)
