"""Every call, against the real service."""

import pytest

from biomatch.client import Print, Refused


def test_a_day_at_the_post(client, sample_print):
    first, again, probe = (
        Print(sample_print(f"P02-right-index_{n}"), "RIGHT_INDEX", "LIVE_SCAN_PLAIN", 500) for n in (1, 2, 3)
    )
    receipt = client.enrol([first], person="set/1", encounter="e 1", galleries=["POST"])
    assert (receipt["personId"], receipt["encounterId"]) == ("set/1", "e 1")
    other = client.enrol([Print(sample_print("P03-right-index_1"))])["personId"]
    twin = client.enrol([again], identify="ALL", purpose="registration", legalBasis="act 4")
    assert twin["identified"]["candidates"][0]["personId"] == "set/1"
    client.delete(twin["personId"])
    found = client.identify([probe], purpose="border check", legal_basis="act 4", maxNbCand=5)
    assert found["candidates"][0]["personId"] == "set/1"
    assert client.identify([probe], gallery="POST", purpose="p", legal_basis="b")["gallerySize"] == 1
    assert client.verify("set/1", [probe])["verifyStatus"]
    assert client.quality([probe])[0]["passed"]
    explained = client.explain(probe, {"personId": "set/1"}, picture="none")
    assert explained["second"]["encounterId"] == "e 1"
    assert explained["correspondences"]
    client.update("set/1", "e 1", [again])
    assert client.read("set/1")[0]["galleries"] == ["POST"]
    client.merge("set/1", other)
    assert len(client.read("set/1")) == 2
    client.delete("set/1", "e 1")
    client.delete("set/1")
    with pytest.raises(Refused) as refused:
        client.read("set/1")
    assert (refused.value.status, refused.value.code) == (404, "person-not-found")
    assert client.checkpoint().startswith("biomatch/")


def test_a_search_without_a_purpose_is_refused_in_the_services_words(client, sample_print):
    with pytest.raises(Refused, match="purpose") as refused:
        client.identify([Print(sample_print("P02-right-index_3"))])
    assert refused.value.code == "purpose-missing"


def test_a_write_sent_again_is_done_once(client, sample_print):
    prints = [Print(sample_print("P04-right-index_1"))]
    first = client.enrol(prints, key="k-1")
    assert client.enrol(prints, key="k-1") == first
    assert len(client.read(first["personId"])) == 1
    client.delete(first["personId"])
