"""A transaction in, its answer out: SRE or ERR."""

import gc

import pytest

from biomatch.bureau import Actor, open_gallery
from biomatch.evaluation import machine
from biomatch.formats import nist
from biomatch.formats.nist import Envelope, Picture, records
from biomatch.formats.nist.records import GS, RS, US, tagged
from biomatch.imaging import decode
from biomatch.service import create_app
from biomatch.vocabulary import ImpressionType

ME = Actor("tester", "test")


@pytest.fixture(scope="module")
def letter(sample_print):
    """letter(print name, kind, person=..., position=...): one plain print."""

    def made(name, kind=nist.SEARCH, person="", position=2):
        pixels = decode(sample_print(name), ppi=500).pixels
        picture = Picture(pixels, position, ImpressionType.LIVE_SCAN_PLAIN)
        return nist.request(kind, [picture], Envelope("POST7", "BUREAU"), person=person, expected=2).to_bytes()

    return made


def answered(answer):
    assert answer.headers["content-type"] == "application/octet-stream"
    return nist.read(answer.content, strict=True)


def test_a_search_is_answered_by_its_candidates(api, enrolled, letter):
    request = letter("P02-right-index_3")
    answer = api.post("/v1/transactions", content=request, params={"gallery": "STAFF"})
    assert answer.status_code == 200
    found = answered(answer)
    assert (found.first.text(4), found.first.text(7)) == (nist.RESULT, "POST7")
    assert found.first.text(10) == nist.read(request).first.text(9)
    respondents, _ = nist.respondents(found)
    assert respondents[0].person == "P02"
    assert len(respondents) <= 2


def test_an_enrolment_is_kept_under_the_name_that_it_says(api, letter):
    answer = api.post("/v1/transactions", content=letter("P04-right-index_1", nist.ENROL, "case 7"), params={"gallery": "POST"})
    assert answer.status_code == 200
    assert answered(answer).records[1].text(63) == "1 print of case 7 is enrolled"
    assert len(api.get("/v1/persons/case 7/encounters").json()) == 1
    assert "POST" in api.get("/v1/galleries").text
    api.delete("/v1/persons/case 7")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"junk", 422, "bad-transaction"),
        (b"", 422, "bad-transaction"),
        (nist.error(["no"], Envelope()).to_bytes(), 400, "bad-request"),
        (b"1.001:9\x1c", 400, "bad-request"),
    ],
    ids=["junk", "nothing", "an answer", "nothing but a length"],
)
def test_what_cannot_be_answered_gets_an_error_as_a_transaction(api, body, status, code):
    answer = api.post("/v1/transactions", content=body)
    assert answer.status_code == status
    assert answered(answer).records[1].text(74).startswith(f"{code}: ")


def test_an_enrolment_without_a_name_is_refused_unless_the_address_has_one(api, letter):
    request = letter("P04-right-index_1", nist.ENROL)
    answer = api.post("/v1/transactions", content=request)
    assert (answer.status_code, answered(answer).first.text(4)) == (400, nist.ERROR)
    assert api.post("/v1/transactions", content=request, params={"person": "P04"}).status_code == 200
    api.delete("/v1/persons/P04")


def test_who_may_only_search_cannot_enrol(serving, tmp_path, letter):
    with open_gallery(tmp_path / "gallery", workers=1) as bureau:
        token = bureau.access.create_token("post", ME, scopes=["abis.identify"])[1]
        with serving(create_app(bureau)) as client:
            answer = client.post(
                "/v1/transactions",
                content=letter("P04-right-index_1", nist.ENROL, "ada"),
                headers={"Authorization": f"Bearer {token}"},
            )
    assert answer.status_code == 403
    assert answered(answer).records[1].text(74).startswith("not-allowed: ")


@pytest.fixture
def parsed_here(monkeypatch):
    """Bytes of each transaction that this process, which serves, has parsed; the workers are other processes."""
    found = []

    class Watched(records._Reader):
        def __init__(self, data, *rest):
            found.append(len(data))
            super().__init__(data, *rest)

    monkeypatch.setattr(records, "_Reader", Watched)
    return found


def test_no_transaction_is_parsed_in_the_serving_process(api, enrolled, letter, parsed_here):
    doors = {
        "/v1/transactions": letter("P02-right-index_3"),
        "/v1/transactions?person=case 8": letter("P04-right-index_1", nist.ENROL),
        "/v1/transactions?gallery=NOWHERE": letter("P02-right-index_3"),
    }
    assert [api.post(path, content=body).status_code for path, body in doors.items()] == [200, 200, 404]
    files = [("image", ("letter.an2", letter("P02-right-index_3")))]
    assert api.post("/v1/quality", files=files).status_code == 200
    assert api.post("/v1/identify/ALL", files=files).status_code == 200
    api.delete("/v1/persons/case 8")
    assert parsed_here == []


@pytest.mark.parametrize("separator", [GS, RS, US], ids=["fields", "subfields", "items"])
def test_a_body_of_separators_is_refused_by_a_worker_and_answered(api, separator, parsed_here):
    body = tagged(1, [(2, b"0502"), (3, b"1\x1f0"), (4, b"CPS"), (5, separator * 8_000_000)]).to_bytes()
    answer = api.post("/v1/transactions", content=body)
    assert answer.status_code == 422
    assert parsed_here == []
    assert answered(answer).records[1].text(74).startswith("transaction-too-large: ")


def test_bodies_that_were_refused_take_no_memory_afterwards(api, enrolled):
    """An error holds the frames that it went through, which hold the body; looked for by chance, they took 16 MB a request."""
    body = tagged(1, [(2, b"0502"), (3, b"1\x1f0"), (4, b"CPS"), (5, US * 8_000_000)]).to_bytes()
    taken = []
    gc.disable()
    try:
        for _ in range(12):
            assert api.post("/v1/transactions", content=body).status_code == 422
            taken.append(machine.memory().anonymous)
    finally:
        gc.enable()
    assert taken[-1] - taken[2] < 50_000_000


def test_an_error_goes_to_whoever_sent_the_request(api, letter, parsed_here):
    request = letter("P02-right-index_3")
    answer = api.post("/v1/transactions", content=request, params={"gallery": "NOWHERE"})
    assert parsed_here == []
    found = answered(answer)
    assert (found.first.text(4), found.first.text(7)) == (nist.ERROR, "POST7")
    assert found.first.text(10) == nist.read(request).first.text(9)


@pytest.mark.parametrize("path", ["/v1/identify/ALL", "/v1/persons/mia/encounters"])
def test_a_damaged_transaction_among_several_files_is_named(api, sample_print, root, path):
    whole = (root / "sample_data" / "card" / "P01-card.an2").read_bytes()
    files = [("image", ("good.png", sample_print("P01-right-index_1"))), ("image", ("cut.an2", whole[:200]))]
    answer = api.post(path, files=files)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-transaction")
    assert answer.json()["detail"].startswith("cut.an2: ")


def test_what_is_wrong_with_a_transaction_is_told_by_every_answer(api, enrolled, letter):
    whole = nist.read(letter("P02-right-index_3"))
    lacking = whole.first.with_field(3, whole.first[3].value.replace(b"1\x1f2", b"1\x1f3") + b"\x1e14\x1f09")
    body = nist.Transaction((lacking, *whole.records[1:])).to_bytes()
    said = "only 3 of the 4 records that 1.003 names were read"
    files = [("image", ("letter.an2", body))]
    kept = api.post("/v1/persons/case 9/encounters", files=files)
    assert kept.status_code == 200
    assert said in kept.json()["biometricData"][0]["warnings"]
    api.delete("/v1/persons/case 9")
    assert said in api.post("/v1/identify/ALL", files=files).json()["probes"][0]["warnings"]
