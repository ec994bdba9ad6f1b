"""Keys of a folder, and the same keys read from the disk."""

import pytest

from biomatch.store import KeyPlace
from biomatch.store.keys.master_key import open_keyring


@pytest.fixture
def keys(tmp_path):
    return open_keyring(tmp_path, KeyPlace(), None)


@pytest.fixture
def again(tmp_path, keys):
    """again(place=KeyPlace()): the same keys, read from the disk."""

    def opened(place=None):
        return open_keyring(tmp_path, place or KeyPlace(), keys.identity)

    return opened
