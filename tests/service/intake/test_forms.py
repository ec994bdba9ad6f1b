"""Forms with prints are read in memory."""

import tempfile

import cv2
import numpy as np
import pytest


@pytest.fixture
def no_temporary_files(monkeypatch, tmp_path):
    """Whoever wants to write one here fails."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
    with pytest.raises(FileNotFoundError), tempfile.TemporaryFile():
        pass


@pytest.fixture(scope="module")
def large_print(sample_print):
    """A print at 1,500 ppi without compression: several megabytes."""
    pixels = cv2.imdecode(np.frombuffer(sample_print("P01-right-index_1"), np.uint8), cv2.IMREAD_GRAYSCALE)
    made = cv2.imencode(".bmp", cv2.cvtColor(cv2.resize(pixels, None, fx=3, fy=3), cv2.COLOR_GRAY2BGR))[1].tobytes()
    assert len(made) > 2 * 1024**2
    return made


@pytest.mark.parametrize("path", ["/v1/quality", "/v1/identify/ALL"])
def test_a_large_print_is_read_without_a_temporary_file(api, enrolled, large_print, no_temporary_files, path):
    answer = api.post(path, files={"image": ("large.bmp", large_print)}, data={"ppi": "1500"})
    assert answer.status_code == 200, answer.text
    assert answer.json()


def test_so_is_a_list_with_large_prints(api, large_print, no_temporary_files):
    files = [("manifest", ("list.csv", b"path,person,ppi\nlarge.bmp,large,1500\n")), ("image", ("large.bmp", large_print))]
    answer = api.post("/v1/enrolments", files=files)
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--", '"name" must be provided'),
        (b"--x\r\nContent-Disposition: form-data; name=ppi\r\n\r\n" + b"1" * 1_025 + b"\r\n--x--", "exceeded"),
        (b"nothing of a form", "Invalid multipart"),
    ],
    ids=["nameless", "long text", "none"],
)
def test_a_form_that_cannot_be_read_is_a_bad_request(api, body, words):
    answer = api.post("/v1/quality", content=body, headers={"content-type": "multipart/form-data; boundary=x"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert words in answer.json()["detail"]


_PART = b"--x\r\nContent-Disposition: form-data; name=%s\r\n\r\n%s\r\n"
_HEAD = {"content-type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize("path", ["/v1/identify/ALL", "/v1/persons/cut/encounters/first", "/v1/quality"])
@pytest.mark.parametrize(
    "end",
    [
        b"",
        b"--x\r\nContent-Disposition: form-data; name=filter\r\n\r\nLEFT_THU",
        b"--x--\r\n" + _PART % (b"filter", b"LEFT_THUMB"),
    ],
)
def test_a_form_that_does_not_end_with_its_boundary_is_refused(api, enrolled, sample_print, path, end):
    """What is cut off may be a filter, or another print: nothing is searched or enrolled without it."""
    print_ = (
        b"--x\r\nContent-Disposition: form-data; name=image; filename=a.png\r\n\r\n"
        + sample_print("P01-right-index_1")
        + b"\r\n"
    )
    answer = api.post(path, content=print_ + end, headers=_HEAD)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request"), answer.text
    assert "boundary" in answer.json()["detail"]
    assert api.get("/v1/persons/cut/encounters").status_code == 404


@pytest.mark.parametrize("charset", ["undefined", "punycode", "latin-1", "unicode_escape"])
def test_a_form_of_another_charset_is_refused(api, charset):
    answer = api.post(
        "/v1/identify/ALL", content=b"--x--", headers={"content-type": f"{_HEAD['content-type']}; charset={charset}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert "UTF-8" in answer.json()["detail"]


def test_a_form_without_a_print_has_none_to_judge(api):
    answer = api.post("/v1/quality", content=_PART % (b"ppi", b"500") + b"--x--\r\n", headers=_HEAD)
    assert (answer.status_code, answer.json()["code"]) == (400, "nothing-given"), answer.text


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-16", "utf-7", "rot13", "idna"])
def test_a_form_in_another_charset_is_refused_or_read(api, enrolled, charset):
    body = b"--x\r\nContent-Disposition: form-data; name=\\ud800\r\n\r\n\\ud800\r\n--x--\r\n"
    answer = api.post(
        "/v1/identify/ALL", content=body, headers={"content-type": f"multipart/form-data; boundary=x; charset={charset}"}
    )
    assert (answer.status_code, answer.json()["code"] in ("bad-request", "unknown-field")) == (400, True)
