"""The guide's curl lines and its Python work as printed."""

import re
import shlex
from pathlib import Path

import httpx
import pytest

from biomatch.service import Settings

GUIDES = ("docs/http.md",)


def curl_lines(root):
    return [line for guide in GUIDES for line in (root / guide).read_text().splitlines() if line.startswith("curl ")]


def printed_files(root):
    """The files that the guides' `printf` lines write, by their names."""
    files = {}
    for guide in GUIDES:
        for text, name in re.findall(r"^printf '(.*)' > (\S+)$", (root / guide).read_text(), re.MULTILINE):
            files[name] = text.replace("\\n", "\n").encode()
    return files


def send(api, root, line, token):
    """What curl would do, with the options that the guides use, and with the token that was exported before."""
    printed = printed_files(root)
    words = shlex.split(line)[1:]
    method, parts, data, headers = None, [], {}, {}
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "--oauth2-bearer":
            assert words.pop(0) == "$TOKEN"
            headers["Authorization"] = f"Bearer {token}"
        elif word == "-F":
            name, _, value = words.pop(0).partition("=")
            if value.startswith("@"):
                file = value[1:]
                parts.append((name, (Path(file).name, printed.get(file) or (root / file).read_bytes())))
            else:
                data[name] = value
        else:
            url = word
    path = url.removeprefix("http://127.0.0.1:8000")
    assert path != url, line
    return api.request(method or ("POST" if parts else "GET"), path, files=parts or None, data=data or None, headers=headers)


@pytest.fixture(scope="module")
def server(serve, tmp_path_factory):
    """`biomatch serve`, as the guides begin, on a new gallery: their lines enrol and delete."""
    with serve(tmp_path_factory.mktemp("guide") / "gallery") as started:
        yield started


@pytest.fixture(scope="module")
def api(server):
    """A client that brings no token by itself."""
    with httpx.Client(base_url=server.url, timeout=300) as client:
        yield client


@pytest.fixture
def sample_files(root):
    if not (root / "sample_data" / "manifest.csv").exists():
        pytest.skip("the sample is not there")


def test_the_curl_lines_work_in_their_order_with_the_token_that_serve_printed(api, server, root, sample_files):
    answers = {}
    for line in curl_lines(root):
        answer = send(api, root, line, server.token)
        assert answer.status_code in (200, 202, 204), (line, answer.text)
        answers[line] = answer
    found = next(answer.json() for line, answer in answers.items() if "identify" in line)
    assert found["candidates"][0]["personId"] == "P02"
    verified = next(answer.json() for line, answer in answers.items() if "verify" in line)
    assert verified["verifyStatus"]
    assert 202 in {answer.status_code for answer in answers.values()}


def test_the_python_works(api, server, root, sample_files, monkeypatch, tmp_path):
    for line in curl_lines(root)[:2]:
        send(api, root, line, server.token)
    monkeypatch.setenv("TOKEN", server.token)
    monkeypatch.chdir(root)
    plain, client = re.findall(r"```python\n(.*?)```", (root / "docs" / "http.md").read_text(), re.DOTALL)
    here = str(api.base_url).rstrip("/")
    names = {"token": server.token, "probe": (root / "sample_data" / "probe" / "P01-right-index_4.png").read_bytes()}
    exec(plain.replace("http://127.0.0.1:8000", here), names)
    assert names["answer"]["candidates"][0]["personId"] == "P01"
    (tmp_path / "list.csv").write_text("path,person\na.png,eve\n")
    monkeypatch.chdir(tmp_path)
    exec(client.replace("https://bureau.example", here), names)
    assert names["failures"] == []
    assert api.get("/v1/persons/eve/encounters", headers=server.headers).status_code == 200
    assert names["receipt"]["personId"] == "ada"
    assert {one["personId"] for one in names["found"]["candidates"][:2]} == {"ada", "P01"}


def test_the_guide_lists_every_setting_and_its_default(root):
    rows = re.findall(r"^\| `BIOMATCH_([A-Z_]+)` \| ([^|]+) \|", (root / "docs" / "http.md").read_text(), re.MULTILINE)
    told = {name.lower(): default.strip() for name, default in rows}
    assert told.keys() == Settings.model_fields.keys()
    for name, field in Settings.model_fields.items():
        if field.default not in (None, ()):
            assert told[name] == str(field.default)


def test_the_guide_lists_every_call(api, root):
    guide = (root / "docs" / "http.md").read_text()
    for path in api.get("/openapi.json").json()["paths"]:
        last = path.replace("{personId}/encounters/{encounterId}", ".../{encounterId}").rsplit("/", 1)[-1]
        assert path in guide or last in guide, path
