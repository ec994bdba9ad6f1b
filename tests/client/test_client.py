"""Every call, against the real service."""

import pytest

from biomatch.bureau import Actor, open_gallery
from biomatch.client import Client, Print, Refused
from biomatch.service import create_app

ME = Actor("tester", "test")


@pytest.fixture(scope="module")
def client(serving, tmp_path_factory):
    with open_gallery(tmp_path_factory.mktemp("client") / "gallery", workers=1) as bureau:
        bureau.access.require_purpose(ME)
        _, token = bureau.access.create_token("post 7", ME)
        bureau.work()
        with serving(create_app(bureau)) as http, Client(str(http.base_url), token) as client:
            yield client


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


def test_long_work_is_begun_waited_for_and_read(client, sample_print):
    files = {f"{n}.png": sample_print(f"P05-right-index_{n}") for n in (1, 2)}
    manifest = b"path,person\n1.png,long 1\n2.png,long 2\n2.png, \n"
    why = {"purpose": "clean up", "legal_basis": "act 4"}
    begun = client.enrol_list(manifest, files, galleries=["LONG"], targetFPIR=30, **why)
    ended = client.finished(begun["taskId"], every=0.05)
    assert (ended["status"], ended["counts"]["enrolled"]) == ("DONE", 2)
    assert {one["kind"] for one in client.result(begun["taskId"])} == {"failure", "duplicate"}
    begun = client.find_duplicates(gallery="LONG", key="d-1", **why)
    assert client.find_duplicates(gallery="LONG", key="d-1", **why)["taskId"] == begun["taskId"]
    client.finished(begun["taskId"], every=0.05)
    (pair,) = client.result(begun["taskId"], "duplicate")
    assert {pair["duplicate"]["personId"], pair["duplicate"]["otherPersonId"]} == {"long 1", "long 2"}
    with pytest.raises(Refused) as refused:
        client.cancel(begun["taskId"])
    assert refused.value.code == "task-ended"
    for person in ("long 1", "long 2"):
        client.delete(person)
