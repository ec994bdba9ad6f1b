"""Versions of caches change with whatever makes them."""

from biomatch.descriptors import Describer
from biomatch.gallery.caches.indexing import Indexing
from biomatch.index import Codebooks
from biomatch.learned import shipped
from biomatch.sealing import CLEAR


def test_each_part_has_its_version() -> None:
    indexing = Indexing(Describer(), Codebooks.load())
    versions = indexing.versions(CLEAR)
    assert versions.items() >= indexing.learned.items()
    assert versions.keys() - indexing.learned.keys() == {"faiss", "sealing"}
    renamed = Indexing(Describer(), Codebooks(shipped().arrays("index"), "index-other")).versions(CLEAR)
    assert {name for name in versions if versions[name] != renamed[name]} == {"index"}
