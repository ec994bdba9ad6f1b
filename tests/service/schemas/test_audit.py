"""Leaves, proofs and repeats, as answers hold them."""

import base64

from biomatch.bureau import Replayed
from biomatch.service.schemas.audit import ConsistencyOut, LeafOut, ReplayOut
from biomatch.store import Consistency, Leaf
from biomatch.store.audit.tree import KeptItem


def test_an_erased_item_keeps_its_place_among_the_others():
    items = (KeptItem(0, b"c", b"salt", '{"person":"ada"}'), KeptItem(1, b"c", None, None), KeptItem(2, b"c", b"\xff", "{}"))
    told = LeafOut.of(Leaf(7, '{"act":"enrol"}', items)).model_dump(mode="json", by_alias=True)
    assert (told["number"], told["entry"]) == (7, '{"act":"enrol"}')
    assert told["items"][1] is None
    assert [base64.b64decode(told["items"][place]["salt"]) for place in (0, 2)] == [b"salt", b"\xff"]
    assert told["items"][0]["content"] == '{"person":"ada"}'


def test_hashes_of_a_proof_are_in_hex_and_in_their_order():
    found = ConsistencyOut.of(Consistency(3, 9, (b"\x00\x01", b"\xff\xfe"), "note"))
    assert (found.first, found.second, found.path, found.checkpoint) == (3, 9, ["0001", "fffe"], "note")


def test_what_ran_then_and_what_runs_now_are_told_apart():
    replayed = Replayed("s", 5, "2026", 12, 100, False, 2, ("a score",), ("candidate 1",), {"numpy": ("1.26", "2.0")})
    told = ReplayOut.of(replayed).model_dump(by_alias=True)
    assert told["versions"] == {"numpy": {"then": "1.26", "now": "2.0"}}
    assert (told["gallerySize"], told["candidates"], told["sequence"], told["leaf"]) == (100, 2, 12, 5)
    assert (told["differences"], told["erased"]) == (["a score"], ["candidate 1"])
